//! `sensors`: temperatures and reachability, gathered by the host.

use jarvis_domain::sensors::{Reach, Readings, Sample};
use jarvis_domain::{NodeName, Timestamp};
use jarvis_policy::Capability;

use super::Refusal;
use crate::bindings::sensors;
use crate::guest::Guest;
use crate::record::Rated;
use crate::session::Session;

impl Session {
    async fn temperatures(&self, node: &str) -> Result<Readings, Refusal> {
        let node = self.granted_node(node)?;
        let readings = self.scope.ports.sensors.temperatures(&node).await?;
        self.scope.record.saw(readings.as_of);
        Ok(readings)
    }

    async fn history(&self, node: &str, since: Timestamp) -> Result<Vec<Sample>, Refusal> {
        let node = self.granted_node(node)?;
        let samples = self.scope.ports.sensors.history(&node, since).await?;
        if let Some(newest) = samples.last() {
            self.scope.record.saw(newest.at);
        }
        Ok(samples)
    }

    async fn reach(&self, node: &str) -> Result<Reach, Refusal> {
        let node = self.granted_node(node)?;
        Ok(self.scope.ports.sensors.reach(&node).await?)
    }

    fn granted_node(&self, node: &str) -> Result<NodeName, Refusal> {
        let node: NodeName =
            node.parse().map_err(|bad| Refusal::Invalid(format!("node: {bad}")))?;
        self.admit(Capability::Sensors, Some(&node))?;
        Ok(node)
    }
}

impl sensors::Host for Guest {
    async fn temperatures(&mut self, node: String) -> Result<sensors::Readings, Refusal> {
        let timed = self.session.begin(format!("temperatures {node}"))?;
        let readings = self.session.temperatures(&node).await;
        let readings = self.session.end(timed, Rated::default(), readings)?;
        Ok(sensors::Readings {
            node: readings.node.into(),
            as_of: readings.as_of.0,
            source: readings.source,
            readings: readings.readings.into_iter().map(reading).collect(),
        })
    }

    async fn history(&mut self, node: String, since: u64) -> Result<Vec<sensors::Sample>, Refusal> {
        let timed = self.session.begin(format!("temperatures of the past {node}"))?;
        let samples = self.session.history(&node, Timestamp(since)).await;
        let samples = self.session.end(timed, Rated::default(), samples)?;
        self.session.count_bytes(samples.len() * size_of::<sensors::Sample>())?;
        let sample = |sample: Sample| sensors::Sample { at: sample.at.0, celsius: sample.celsius };
        Ok(samples.into_iter().map(sample).collect())
    }

    async fn reachable(&mut self, node: String) -> Result<sensors::Reach, Refusal> {
        let timed = self.session.begin(format!("reachable {node}"))?;
        let reach = self.session.reach(&node).await;
        let Reach { api, shell, ping, round_trip_ms } =
            self.session.end(timed, Rated::default(), reach)?;
        Ok(sensors::Reach { api, ssh: shell, ping, round_trip_ms })
    }
}

fn reading(reading: jarvis_domain::sensors::Reading) -> sensors::Reading {
    let jarvis_domain::sensors::Reading { chip, label, celsius, critical } = reading;
    sensors::Reading { chip, label, celsius, critical }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Rig;

    #[tokio::test]
    async fn a_node_that_is_granted_is_read() {
        let session = Rig::granting("sensors").session();
        let readings = session.temperatures("home").await.unwrap();
        assert_eq!(readings.source, "lm-sensors");
        assert_eq!(session.scope.record.as_of(), Some(readings.as_of));
        assert!(session.reach("home").await.unwrap().api);
        assert!(session.history("home", Timestamp(0)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_no_node_or_not_granted_is_refused() {
        let session = Rig::granting("sensors").session();
        for bad in ["", "..", "a b", "--help", "home/../pve2"] {
            let refused = session.temperatures(bad).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{bad}: {refused:?}");
            let refused = session.history(bad, Timestamp(0)).await.unwrap_err();
            assert!(matches!(refused, Refusal::Invalid(_)), "{bad}: {refused:?}");
        }
        let refused = session.temperatures("nowhere").await.unwrap_err();
        assert!(matches!(refused, Refusal::Cluster(_)), "{refused:?}");
        let denied = Rig::new().session();
        let refused = denied.temperatures("home").await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
        let refused = denied.history("home", Timestamp(0)).await.unwrap_err();
        assert!(matches!(refused, Refusal::Denied(_)), "{refused:?}");
    }
}
