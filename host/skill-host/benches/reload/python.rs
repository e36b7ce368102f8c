//! A skill that carries a Python interpreter, some 18 MB: that it is compiled
//! once and loaded quickly from then on, that it answers, and that one which
//! was built with files and sockets is refused with how to build it without.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::child;
use crate::rows::{Row, middle};
use crate::shop::{Shop, allowances, place, skills};

/// How many starts.
const STARTS: usize = 7;
/// Milliseconds of a start with it alone, compiled before.
const LOAD: f64 = 50.0;

const NAME: &str = "load a skill in Python, compiled before";

/// Not measured where `script/build-python-skill` was not run: it needs PyPI.
pub(crate) fn measure() -> Vec<Row> {
    let Some(stubbed) = built("with-stubs") else {
        let note = "script/build-python-skill builds the skill".to_owned();
        return vec![Row { name: NAME, value: None, unit: "ms", limit: Some(LOAD), note }];
    };
    let place = place();
    lay_out(&stubbed, place.path());
    let first = child("python", place.path(), None);
    assert_eq!(first["compiled"], 1, "the first start compiles");
    let starts: Vec<Value> = (0..STARTS).map(|_| child("python", place.path(), None)).collect();
    assert!(starts.iter().all(|start| start["compiled"] == 0), "the others do not");
    let all = |name: &str| -> Vec<f64> {
        starts.iter().filter_map(|start| start[name].as_f64()).collect()
    };
    let ((took, slowest), (call, slow)) = (middle(&all("took_ms")), middle(&all("call_ms")));
    let compiling = first["took_ms"].as_f64().unwrap_or(f64::NAN);
    let refused = built("without-stubs").map_or("none was built without stubs", |folder| {
        lay_out(&folder, place.path());
        let found = child("refused", place.path(), None);
        assert_eq!(found["code"], "skill-import", "{found}");
        assert!(found["hint"].as_str().is_some_and(|hint| hint.contains("--stub-wasi")), "{found}");
        "without --stub-wasi it is refused with that hint"
    });
    vec![
        Row {
            name: NAME,
            value: Some(took),
            unit: "ms",
            limit: Some(LOAD),
            note: format!(
                "median of {STARTS}, the slowest {slowest:.0}; {compiling:.0} where it is compiled"
            ),
        },
        Row {
            name: "  its first call",
            value: Some(call),
            unit: "ms",
            limit: None,
            note: format!("median of {STARTS}, the slowest {slow:.0}; {refused}"),
        },
    ]
}

/// One start with the skill, and one call of it, in a process of its own.
pub(crate) async fn start(place: &Path) -> Value {
    let shop = Shop::open(place, allowances(place));
    let began = Instant::now();
    shop.look().await;
    let took = began.elapsed().as_secs_f64() * 1e3;
    let began = Instant::now();
    shop.call("python-skill.hear").await;
    let call = began.elapsed().as_secs_f64() * 1e3;
    json!({ "took_ms": took, "call_ms": call, "compiled": shop.engine.compiled() })
}

/// Why the skill does not serve.
pub(crate) async fn refused(place: &Path) -> Value {
    // Nothing served before that could go on.
    let _ = fs::remove_dir_all(place.join("last-good"));
    let shop = Shop::open(place, allowances(place));
    shop.reloader.look_to_the_end().await.unwrap();
    let catalog = shop.host.catalog();
    let reason = &catalog.broken().first().expect("it is refused").reason;
    json!({ "code": reason.code, "hint": reason.hint })
}

/// `<target>/python-skills/<which>`, beside the folder that this program is in.
fn built(which: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let folder = target.join("python-skills").join(which).join("python-skill");
    folder.join("it.wasm").is_file().then_some(folder)
}

fn lay_out(from: &Path, place: &Path) {
    let to = skills(place).join("python-skill");
    fs::create_dir_all(&to).unwrap();
    for file in ["skill.yaml", "it.wasm"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
}
