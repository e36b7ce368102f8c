use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::engine::SkillEngine;
use crate::testing::{Rogue, rogue};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

async fn compile(engine: &SkillEngine, wasm: &[u8]) -> u64 {
    let before = engine.compiled();
    engine.component(wasm.to_vec(), Digest::of(wasm)).await.unwrap();
    engine.compiled() - before
}

#[tokio::test]
async fn a_component_is_compiled_once_for_all_starts() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let (one, other) = (rogue(Rogue::default()), rogue(Rogue { pages: 2, ..Rogue::default() }));
    let engine = SkillEngine::with_cache(&cache).unwrap();
    assert_eq!(compile(&engine, &one).await, 1);
    assert_eq!(compile(&engine, &one).await, 0);
    assert_eq!(compile(&engine, &other).await, 1);
    let again = SkillEngine::with_cache(&cache).unwrap();
    assert_eq!(compile(&again, &one).await, 0);
    assert_eq!(files(&cache).len(), 2);
}

#[tokio::test]
async fn what_is_compiled_for_a_pool_is_not_run_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let wasm = rogue(Rogue::default());
    let pooled = SkillEngine::with_cache(&cache).unwrap();
    let on_demand = SkillEngine::on_demand(Some(&cache)).unwrap();
    for engine in [&pooled, &on_demand] {
        assert_eq!(compile(engine, &wasm).await, 1, "{engine:?}");
    }
    for engine in [&on_demand, &pooled] {
        assert_eq!(compile(engine, &wasm).await, 0, "{engine:?}");
    }
    assert_eq!(files(&cache).len(), 2);
}

#[tokio::test]
async fn what_cannot_be_loaded_is_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let wasm = rogue(Rogue::default());
    let engine = SkillEngine::with_cache(&cache).unwrap();
    compile(&engine, &wasm).await;
    let [entry] = files(&cache).try_into().unwrap();
    let sound = fs::read(&entry).unwrap();
    for broken in [Vec::new(), b"nonsense".to_vec(), sound[..sound.len() / 2].to_vec()] {
        // Renamed over it: the engine may still have the old one mapped.
        let unfinished = folder.path().join("broken");
        fs::write(&unfinished, &broken).unwrap();
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o600)).unwrap();
        fs::rename(&unfinished, &entry).unwrap();
        assert_eq!(compile(&engine, &wasm).await, 1, "{} bytes", broken.len());
        assert_eq!(fs::read(&entry).unwrap(), sound);
    }
}

#[tokio::test]
async fn what_others_could_have_written_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let wasm = rogue(Rogue::default());
    let engine = SkillEngine::with_cache(&cache).unwrap();
    compile(&engine, &wasm).await;
    let [entry] = files(&cache).try_into().unwrap();
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(compile(&engine, &wasm).await, 1);
    assert_eq!(fs::metadata(&entry).unwrap().mode() & 0o777, 0o600);

    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    let shared = Cache::open(&cache, engine.raw());
    assert_eq!(shared.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn what_a_crash_left_and_what_is_long_unused_goes() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("compiled");
    let engine = Engine::default();
    Cache::open(&cache, &engine).unwrap();
    for number in 0..KEPT + 3 {
        let file = File::create(cache.join(format!("{number:04}.cwasm"))).unwrap();
        let used = std::time::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
        file.set_modified(used).unwrap();
    }
    File::create(cache.join(".1-1")).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let being_written = cache.join(".2-1");
    fs::write(&being_written, "half").unwrap();
    Cache::open(&cache, &engine).unwrap();
    fs::remove_file(being_written).unwrap();
    let left = files(&cache);
    assert_eq!(left.len(), KEPT);
    assert!(left[0].ends_with("0003.cwasm"));
}
