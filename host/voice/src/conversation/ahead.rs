//! Sentences of an answer that are spoken before the rest of it is made.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

/// Where sentences are told ahead. Copies tell at the same place.
#[derive(Debug, Clone)]
pub struct Ahead {
    to: mpsc::UnboundedSender<Option<String>>,
    told: Arc<Mutex<String>>,
}

/// What was told, to be spoken.
#[derive(Debug)]
pub(crate) struct ToldAhead(mpsc::UnboundedReceiver<Option<String>>);

impl Ahead {
    /// Where to tell, and what was told.
    pub(crate) fn channel() -> (Self, ToldAhead) {
        let (to, told) = mpsc::unbounded_channel();
        (Self { to, told: Arc::default() }, ToldAhead(told))
    }

    /// Has `sentence` spoken next. The answer begins with all of them, a space
    /// between two.
    pub fn tell(&self, sentence: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.is_empty() {
            told.push(' ');
        }
        told.push_str(sentence);
        // Where nobody takes it, the answer was broken off.
        let _ = self.to.send(Some(sentence.to_owned()));
    }

    /// The answer is `text`: has what was not told of it spoken too, if anything
    /// was. Nothing is told behind it.
    pub(crate) fn end(&self, text: &str) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if !told.is_empty() {
            let rest = text.strip_prefix(told.as_str()).unwrap_or(text).trim();
            if !rest.is_empty() {
                let _ = self.to.send(Some(rest.to_owned()));
            }
        }
        let _ = self.to.send(None);
    }
}

impl ToldAhead {
    /// The next one; none once the answer has ended.
    pub(crate) async fn next(&mut self) -> Option<String> {
        self.0.recv().await.flatten()
    }

    /// `text` as all that is told.
    pub(crate) fn whole(text: &str) -> Self {
        let (ahead, told) = Ahead::channel();
        ahead.tell(text);
        ahead.end(text);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn all(mut told: ToldAhead) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(text) = told.next().await {
            all.push(text);
        }
        all
    }

    #[tokio::test]
    async fn what_was_not_told_of_an_answer_comes_at_its_end() {
        for (ahead, answer, expected) in [
            (&["One.", "Two."][..], "One. Two.", &["One.", "Two."][..]),
            (&["One."], "One. Two. Three.", &["One.", "Two. Three."]),
            // Said otherwise in the end: rather twice than not at all.
            (&["One."], "Two.", &["One.", "Two."]),
            // Nothing was told: the answer is spoken as one that was not.
            (&[], "One.", &[]),
        ] {
            let (to, told) = Ahead::channel();
            ahead.iter().for_each(|sentence| to.tell(sentence));
            to.end(answer);
            assert_eq!(all(told).await, expected, "{answer}");
        }
    }
}
