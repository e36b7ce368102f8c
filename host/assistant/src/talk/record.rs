//! The run of a language model: what was asked, which model, what it took and how much
//! it said. Neither its words nor what it was told beside the question.

use std::time::Instant;

use jarvis_domain::invocation::{Answer, Chosen, Notice, Watcher};
use jarvis_domain::model::TurnFigures;
use jarvis_domain::run::{ModelRun, RunEnd, RunRecord};
use jarvis_domain::{
    Caller, Clock, ClusterId, CommandName, Fault, Invocation, Origin, Outcome, Reply, RequestId,
    RunId, SkillId, say,
};
use jarvis_skill_host::SkillHost;
use serde_json::Map;

use super::Ended;
use crate::Heard;

/// What stands where other runs have a command: no skill can be called so and be asked,
/// since it is not invoked.
const COMMAND: (&str, &str) = ("language-model", "answer");

/// The record of one run, while it goes on.
pub(crate) struct Kept {
    record: RunRecord,
    began: Instant,
}

impl Kept {
    /// Of words that a model is asked about. None only where the command above had no
    /// valid name.
    pub(crate) fn begin(
        heard: &Heard,
        cluster: ClusterId,
        caller: &Caller,
        clock: &dyn Clock,
    ) -> Option<Self> {
        let (skill, command) = COMMAND;
        let skill: SkillId = skill.parse().ok()?;
        let invocation = Invocation {
            request: RequestId::new(),
            cluster,
            command: CommandName { skill, command: command.to_owned() },
            arguments: Map::new(),
            origin: Origin::Model,
            locale: heard.locale.clone(),
            words: Some(heard.words.trim().to_owned()),
            confirmed: false,
            chosen: None,
        };
        let record = RunRecord {
            id: RunId::new(),
            at: clock.now(),
            invocation,
            caller: caller.clone(),
            revision: None,
            calls: Vec::new(),
            end: None,
            took_us: 0,
            heard: Vec::new(),
            turn: None,
        };
        Some(Self { record, began: Instant::now() })
    }

    /// What was run, and as what.
    pub(crate) fn run(&self) -> (Invocation, RunId) {
        (self.record.invocation.clone(), self.record.id)
    }

    /// Writes it down as ended, and tells `watcher`. A turn changes nothing by itself,
    /// and what it called has records of its own: before its end there is none of it.
    pub(crate) async fn end(
        mut self,
        ended: &Result<Ended, Box<Fault>>,
        mut turn: ModelRun,
        host: &SkillHost,
        watcher: &dyn Watcher,
    ) {
        let record = &mut self.record;
        let language = record.invocation.language();
        let answered = |speech: String, outcome: Option<Outcome>| {
            RunEnd::Answered(Answer::Reply(Reply {
                outcome: outcome.unwrap_or(Outcome::NothingChanged),
                speech,
                detail: None,
                data: None,
                as_of: None,
                run: record.id,
            }))
        };
        record.end = Some(match ended {
            Ok(Ended::Told { told, .. }) => {
                turn.told = told.speech().chars().count();
                let count = turn.told;
                let speech = say!(
                    language,
                    en: "Answered in {count} characters.",
                    de: "Beantwortet in {count} Zeichen.",
                );
                answered(speech, told.outcome)
            }
            Ok(Ended::Open(_)) => {
                let speech = say!(
                    language,
                    en: "A person was asked first.",
                    de: "Zuerst wurde nachgefragt.",
                );
                answered(speech, None)
            }
            Err(fault) => RunEnd::Failed((**fault).clone()),
        });
        record.invocation.chosen = Some(Chosen::Model {
            model: turn.model.clone(),
            round: u32::try_from(turn.rounds.len()).unwrap_or(u32::MAX),
            figures: sum(&turn),
        });
        record.turn = Some(turn);
        record.took_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        host.write_down(record).await;
        watcher.notice(Notice::Run { run: record.id });
    }
}

/// What all rounds took together.
fn sum(turn: &ModelRun) -> TurnFigures {
    turn.rounds.iter().fold(TurnFigures::default(), |sum, round| {
        let TurnFigures { stop, read, made, load_ms, read_ms, made_ms } = round.figures;
        TurnFigures {
            stop,
            read: sum.read.saturating_add(read),
            made: sum.made.saturating_add(made),
            load_ms: sum.load_ms.saturating_add(load_ms),
            read_ms: sum.read_ms.saturating_add(read_ms),
            made_ms: sum.made_ms.saturating_add(made_ms),
        }
    })
}
