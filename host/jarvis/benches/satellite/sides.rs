//! The two that listen.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::hub::Hub;
use crate::sound_server::environment;
use crate::stage::Stage;
use crate::stock::Stock;
use crate::support::free;

/// `jarvis listen`.
pub(crate) struct Jarvis {
    child: Child,
    /// It ends with the keys.
    _keys: ChildStdin,
}

/// `wyoming-satellite`, and who does for it what Home Assistant would.
pub(crate) struct Satellite {
    stock: Stock,
    _hub: Hub,
}

impl Jarvis {
    pub(crate) fn start(stage: &Stage) -> Self {
        let models = stage.models.path().to_str().unwrap();
        let args = ["listen", "--demo", "--json", "--stt", &stage.stt, "--models", models];
        let mut command = stage.demo.command(&args);
        command.envs(environment(stage.sound.path()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let keys = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let is_asleep =
            |line: &String| serde_json::from_str::<Value>(line).unwrap()["event"] == "asleep";
        lines.find(is_asleep).expect("jarvis listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _keys: keys }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Jarvis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Satellite {
    pub(crate) fn start(stage: &Stage, runtime: &Runtime) -> Self {
        let (own, wake) = (free(), free());
        let stock = Stock::start(stage.sound.path(), own, Some(wake));
        let hub = runtime.block_on(Hub::start(stage, own, wake));
        Self { stock, _hub: hub }
    }

    pub(crate) fn id(&self) -> u32 {
        self.stock.id()
    }
}
