//! What the server counts of itself, in the text form of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use jarvis_domain::SkillId;
use jarvis_domain::figures::{EngineFigures, SkillFigures};

/// The counters.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Connections that were refused because too many were open.
    pub(crate) turned_away: AtomicU64,
    routes: Mutex<BTreeMap<Box<str>, BTreeMap<Verb, Route>>>,
}

/// What else there is to tell.
#[derive(Debug)]
pub(crate) struct Rest {
    pub(crate) uptime: Duration,
    pub(crate) demo: bool,
    /// Connections that are open, WebSockets included.
    pub(crate) connections: usize,
    /// Operations that have not ended.
    pub(crate) operations: usize,
    pub(crate) skills: Vec<(SkillId, SkillFigures)>,
    pub(crate) engines: Vec<EngineFigures>,
}

/// A method, so that foreign ones make no labels of their own.
type Verb = &'static str;

#[derive(Debug, Default)]
struct Route {
    by_status: BTreeMap<u16, u64>,
    buckets: [u64; BOUNDS.len()],
    seconds: f64,
    count: u64,
}

/// Upper bounds of the histogram, seconds.
const BOUNDS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.5, 1.0, 5.0, 20.0, 60.0];

impl Metrics {
    /// Counts one request.
    pub(crate) fn request(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if !routes.contains_key(route) {
            routes.insert(route.into(), BTreeMap::new());
        }
        let Some(verbs) = routes.get_mut(route) else { return };
        let counted = verbs.entry(verb(method)).or_default();
        *counted.by_status.entry(status.as_u16()).or_default() += 1;
        let seconds = took.as_secs_f64();
        for (bucket, bound) in counted.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        counted.seconds += seconds;
        counted.count += 1;
    }

    /// All of it as text.
    pub(crate) fn text(&self, rest: &Rest) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = self.write(&mut text, rest);
        text
    }

    fn write(&self, out: &mut String, rest: &Rest) -> std::fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        head(out, "jarvis_info", "gauge", "The version of jarvis.")?;
        writeln!(out, "jarvis_info{{version=\"{version}\",demo=\"{}\"}} 1", rest.demo)?;
        head(out, "jarvis_uptime_seconds", "gauge", "How long the host has been there.")?;
        writeln!(out, "jarvis_uptime_seconds {:.3}", rest.uptime.as_secs_f64())?;
        head(out, "jarvis_http_connections", "gauge", "Open connections.")?;
        writeln!(out, "jarvis_http_connections {}", rest.connections)?;
        let away = self.turned_away.load(Ordering::Relaxed);
        let name = "jarvis_http_connections_turned_away_total";
        head(out, name, "counter", "Connections refused because too many were open.")?;
        writeln!(out, "{name} {away}")?;
        head(out, "jarvis_operations_running", "gauge", "Operations that have not ended.")?;
        writeln!(out, "jarvis_operations_running {}", rest.operations)?;
        self.write_routes(out)?;
        write_engines(out, &rest.engines)?;
        write_skills(out, &rest.skills)
    }

    fn write_routes(&self, out: &mut String) -> std::fmt::Result {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        let all = || {
            routes.iter().flat_map(|(route, verbs)| {
                verbs.iter().map(move |(verb, counted)| (route, verb, counted))
            })
        };
        head(out, "jarvis_http_requests_total", "counter", "Requests answered.")?;
        for (route, verb, counted) in all() {
            for (status, count) in &counted.by_status {
                writeln!(
                    out,
                    "jarvis_http_requests_total{{route=\"{route}\",method=\"{verb}\",status=\"{status}\"}} {count}"
                )?;
            }
        }
        let name = "jarvis_http_request_duration_seconds";
        head(out, name, "histogram", "How long requests took.")?;
        for (route, verb, counted) in all() {
            let labels = format!("route=\"{route}\",method=\"{verb}\"");
            for (count, bound) in counted.buckets.iter().zip(BOUNDS) {
                writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}")?;
            }
            writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {}", counted.count)?;
            writeln!(out, "{name}_sum{{{labels}}} {:.6}", counted.seconds)?;
            writeln!(out, "{name}_count{{{labels}}} {}", counted.count)?;
        }
        Ok(())
    }
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> std::fmt::Result {
    writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

/// By name: those of one name are one line, as their number grows with streams.
fn write_engines(out: &mut String, engines: &[EngineFigures]) -> std::fmt::Result {
    let mut memory = BTreeMap::<&str, u64>::new();
    for engine in engines {
        let bytes = engine.memory.unwrap_or_default();
        let all = memory.entry(&engine.name).or_default();
        *all = all.saturating_add(bytes);
    }
    let name = "jarvis_engine_memory_bytes";
    head(out, name, "gauge", "What the processes of an engine of speech hold.")?;
    for (engine, bytes) in memory {
        writeln!(out, "{name}{{engine=\"{engine}\"}} {bytes}")?;
    }
    Ok(())
}

type Figure = fn(&SkillFigures) -> f64;

#[allow(clippy::cast_precision_loss, reason = "figures, and far below 2^53")]
fn write_skills(out: &mut String, skills: &[(SkillId, SkillFigures)]) -> std::fmt::Result {
    let figures: [(&str, &str, &str, Figure); 5] = [
        ("calls_total", "counter", "Calls of a skill.", |of| of.calls as f64),
        ("cpu_seconds_total", "counter", "The processor's time.", |of| of.cpu_us as f64 / 1e6),
        ("peak_memory_bytes", "gauge", "The most memory of one call.", |of| of.peak_memory as f64),
        ("host_calls_total", "counter", "Calls of the host.", |of| of.host_calls as f64),
        ("denials_total", "counter", "Calls that policy denied.", |of| of.denials as f64),
    ];
    for (name, kind, help, figure) in figures {
        let name = format!("jarvis_skill_{name}");
        head(out, &name, kind, help)?;
        for (skill, of) in skills {
            writeln!(out, "{name}{{skill=\"{skill}\"}} {}", figure(of))?;
        }
    }
    let name = "jarvis_skill_call_duration_seconds";
    head(out, name, "gauge", "How long the newest calls took.")?;
    for (skill, of) in skills {
        for (quantile, us) in [("0.5", of.p50_us), ("0.99", of.p99_us)] {
            let seconds = us as f64 / 1e6;
            writeln!(out, "{name}{{skill=\"{skill}\",quantile=\"{quantile}\"}} {seconds}")?;
        }
    }
    let name = "jarvis_skill_errors_total";
    head(out, name, "counter", "Calls that ended in an error.")?;
    for (skill, of) in skills {
        for (code, count) in &of.errors {
            writeln!(out, "{name}{{skill=\"{skill}\",code=\"{code}\"}} {count}")?;
        }
    }
    Ok(())
}

fn verb(method: &Method) -> Verb {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use jarvis_domain::figures::EngineState;

    use super::*;

    #[test]
    fn requests_are_counted_by_route_method_and_status() {
        let metrics = Metrics::default();
        for (status, ms) in [(200, 2), (200, 30), (404, 0)] {
            let status = StatusCode::from_u16(status).unwrap();
            metrics.request("/api/nodes", &Method::GET, status, Duration::from_millis(ms));
        }
        let engine = |memory| EngineFigures {
            name: "porcupine".to_owned(),
            state: EngineState::Running,
            since: None,
            restarts: 0,
            memory,
            why: None,
        };
        let figures = SkillFigures { calls: 3, p50_us: 1500, ..SkillFigures::default() };
        let text = metrics.text(&Rest {
            uptime: Duration::from_millis(1500),
            demo: true,
            connections: 3,
            operations: 2,
            skills: vec![("updates".parse().unwrap(), figures)],
            engines: [Some(2048), None, Some(1024)].map(engine).to_vec(),
        });
        for line in [
            "jarvis_http_requests_total{route=\"/api/nodes\",method=\"GET\",status=\"200\"} 2",
            "jarvis_http_request_duration_seconds_bucket{route=\"/api/nodes\",method=\"GET\",le=\"0.005\"} 2",
            "jarvis_http_request_duration_seconds_count{route=\"/api/nodes\",method=\"GET\"} 3",
            "jarvis_uptime_seconds 1.500",
            "jarvis_http_connections 3",
            "jarvis_operations_running 2",
            "jarvis_engine_memory_bytes{engine=\"porcupine\"} 3072",
            "jarvis_skill_calls_total{skill=\"updates\"} 3",
            "jarvis_skill_call_duration_seconds{skill=\"updates\",quantile=\"0.5\"} 0.0015",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
