//! What is known of the models that the settings name.

use async_trait::async_trait;

use super::wire::Model;

/// Knows the models: for language, speech, voice and wake word.
#[async_trait]
pub trait ModelList: Send + Sync + std::fmt::Debug {
    /// One of each kind, as they are now.
    async fn models(&self) -> Vec<Model>;
}

/// Models that stay as they are.
#[async_trait]
impl ModelList for Vec<Model> {
    async fn models(&self) -> Vec<Model> {
        self.clone()
    }
}
