//! Components that take long to compile.

use super::*;
use crate::reload::beside::LARGE;

#[tokio::test]
async fn nobody_waits_for_a_large_component_to_be_compiled() {
    let shop = Shop::new().await;
    shop.write("one", "1.0.0", "");
    shop.look().await;
    shop.write("two", "1.0.0", "");
    let component = shop.skill("two").join("it.wasm");
    fs::write(&component, large(rogue(Rogue::default()))).unwrap();
    shop.write("one", "1.1.0", "");
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0"]);
    assert_eq!(shop.broken(), ["two skill-compiling"]);
    shop.reloader.beside.told.notified().await;
    shop.look().await;
    assert_eq!((shop.serving().len(), shop.broken()), (2, Vec::new()));
    // What is wrong with it is told as of any other.
    fs::write(&component, large(b"text".to_vec())).unwrap();
    shop.look().await;
    assert_eq!(shop.broken(), ["two skill-compiling"]);
    shop.reloader.beside.told.notified().await;
    shop.look().await;
    assert_eq!(shop.serving(), ["one 1.1.0", "two 1.0.0"]);
    assert_eq!(shop.broken(), ["two skill-not-a-component"]);
    // Nor does a start, and the last good files of a large component are large.
    let shop = shop.again().await;
    assert!(shop.reloader.look().await.unwrap().compiling);
    assert_eq!(shop.serving(), ["one 1.1.0"]);
    assert_eq!(shop.broken(), ["two skill-compiling"]);
    shop.reloader.look_to_the_end().await.unwrap();
    assert_eq!(shop.serving(), ["one 1.1.0", "two 1.0.0"]);
    assert_eq!(shop.broken(), ["two skill-not-a-component"]);
}

#[tokio::test]
async fn however_many_are_compiled_each_comes_to_an_end() {
    let shop = Shop::new().await;
    let ids = ["one", "two", "three", "four", "five", "six", "seven"];
    for id in ids {
        shop.write(id, "1.0.0", "");
        fs::write(shop.skill(id).join("it.wasm"), large(b"text".to_vec())).unwrap();
    }
    shop.reloader.look_to_the_end().await.unwrap();
    let mut expected = ids.map(|id| format!("{id} skill-not-a-component"));
    expected.sort();
    assert_eq!(shop.broken(), expected);
}

#[tokio::test]
async fn what_nobody_fetches_any_more_is_not_held() {
    let shop = Shop::new().await;
    let (one, admin) = ("one".parse().unwrap(), caller("uid:0", Door::Cli));
    let unfetched = || shop.reloader.beside.unfetched();
    let compiled = async || {
        shop.write("one", "1.0.0", "");
        fs::write(shop.skill("one").join("it.wasm"), large(rogue(Rogue::default()))).unwrap();
        shop.look().await;
        shop.reloader.beside.told.notified().await;
        assert_eq!(unfetched(), 1);
    };
    compiled().await;
    shop.write("one", "1.1.0", "");
    shop.look().await;
    assert_eq!((shop.serving(), unfetched()), (vec!["one 1.1.0".to_owned()], 0), "a small one");
    compiled().await;
    shop.reloader.enable(&one, false, &admin).await.unwrap();
    assert_eq!((shop.serving().len(), unfetched()), (0, 0), "disabled");
}

/// A component with a custom section (0) of nothing but zeros behind it, its
/// name one byte long: no engine looks at it.
pub(super) fn large(mut component: Vec<u8>) -> Vec<u8> {
    let size = 2 + u32::try_from(LARGE).unwrap();
    let leb = (0..5).map(|at| (size >> (7 * at)) as u8 & 0x7f | u8::from(at < 4) << 7);
    component.push(0);
    component.extend(leb);
    component.extend([1, b'n']);
    component.resize(component.len() + LARGE, 0);
    component
}
