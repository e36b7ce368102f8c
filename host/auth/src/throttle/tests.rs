use super::*;
use crate::gate::testing::Memory;

const NOW: Timestamp = Timestamp(1_795_468_823_000);
const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

fn somewhere(number: u32) -> IpAddr {
    IpAddr::from((0x0a00_0000 + number).to_be_bytes())
}

struct Scene {
    memory: Arc<Memory>,
    throttle: Throttle,
    now: Timestamp,
}

impl Scene {
    async fn new() -> Self {
        let memory = Arc::new(Memory::default());
        let throttle = Throttle::open(memory.clone(), NOW).await.unwrap();
        Self { memory, throttle, now: NOW }
    }

    /// How many seconds an attempt has to wait; 0 when it was looked at, and
    /// failed.
    async fn fail(&self, who: &str, from: IpAddr) -> u64 {
        match self.throttle.begin(&account(who), from, self.now).await.unwrap() {
            Ok(()) => 0,
            Err(slowed) => slowed.wait.as_secs(),
        }
    }

    async fn succeed(&self, who: &str, from: IpAddr) {
        self.throttle.begin(&account(who), from, self.now).await.unwrap().unwrap();
        self.throttle.succeed(&account(who), from, self.now).await.unwrap();
    }

    fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    async fn restart(&mut self) {
        self.throttle = Throttle::open(self.memory.clone(), self.now).await.unwrap();
    }
}

#[tokio::test]
async fn another_spelling_is_no_other_account() {
    let scene = Scene::new().await;
    for (spelling, place) in [("root@pam", 1), ("Root@pam", 2), ("ROOT@pam", 3), ("rooT@PAM", 4)] {
        assert_eq!(scene.fail(spelling, somewhere(place)).await, 0);
    }
    assert_eq!(scene.fail("RooT@pam", somewhere(5)).await, 1);
}

#[tokio::test]
async fn who_guesses_waits_longer_each_time_also_over_a_restart() {
    let mut scene = Scene::new().await;
    for expected in [0, 0, 0, 0, 1] {
        assert_eq!(scene.fail("root@pam", HOME).await, expected);
    }
    for doubled in [2, 4, 8, 16, 32, 60, 60] {
        scene.pass(doubled / 2);
        if doubled == 60 {
            scene.pass(30);
        }
        assert_eq!(scene.fail("root@pam", HOME).await, 0);
        scene.restart().await;
        assert_eq!(scene.fail("root@pam", HOME).await, doubled.min(60));
    }
    assert_eq!(scene.fail("alice@pam", HOME).await, 1, "the address counts as well");
    assert_eq!(scene.fail("root@pam", somewhere(1)).await, 60, "and the account from elsewhere");
    assert_eq!(scene.fail("alice@pam", somewhere(1)).await, 0);
    scene.pass(24 * 3600);
    assert_eq!(scene.fail("root@pam", HOME).await, 0, "a day later all is forgotten");
    assert_eq!(scene.fail("root@pam", HOME).await, 0);
}

#[tokio::test]
async fn the_owner_is_never_locked_out() {
    let mut scene = Scene::new().await;
    scene.succeed("root@pam", HOME).await;
    for number in 0..2000 {
        scene.fail("root@pam", somewhere(number)).await;
        // The same from a computer in the owner's own house.
        scene.fail("alice@pam", HOME).await;
    }
    assert!(scene.fail("root@pam", somewhere(5000)).await > 0);
    scene.restart().await;
    scene.succeed("root@pam", HOME).await;
    for expected in [0, 0, 0, 0, 1] {
        assert_eq!(scene.fail("root@pam", HOME).await, expected, "by failures of their own only");
    }
    scene.pass(31 * 24 * 3600);
    for number in 0..11 {
        assert_eq!(scene.fail(&format!("user{number}@pam"), HOME).await, 0);
    }
    assert!(scene.fail("root@pam", HOME).await > 0, "after a month it is an address like others");
}

#[tokio::test]
async fn an_account_of_ones_own_pays_for_no_guesses() {
    let mut scene = Scene::new().await;
    let mut looked_at = 0;
    for round in 0..100 {
        let guess = scene.fail(&format!("victim{round}@pam"), HOME).await;
        looked_at += u32::from(guess == 0);
        let own = scene.throttle.begin(&account("mallory@pam"), HOME, scene.now).await.unwrap();
        if own.is_ok() {
            scene.throttle.succeed(&account("mallory@pam"), HOME, scene.now).await.unwrap();
        }
    }
    scene.pass(1);
    assert!(looked_at <= 12, "{looked_at}");
}

#[tokio::test]
async fn many_at_once_are_no_way_around() {
    let scene = Scene::new().await;
    let root = account("root@pam");
    let attempts = (0..50).map(|_| scene.throttle.begin(&root, HOME, scene.now));
    let mut looked_at = 0;
    for attempt in attempts {
        looked_at += u32::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(looked_at, 4);
    // What was no wrong password does not count.
    for _ in 0..50 {
        let alice = account("alice@pam");
        scene.throttle.begin(&alice, somewhere(1), scene.now).await.unwrap().unwrap();
        scene.throttle.forgive(&alice, somewhere(1), scene.now).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_turned_away_is_counted_and_not_written() {
    let scene = Scene::new().await;
    for _ in 0..4 {
        scene.fail("root@pam", HOME).await;
    }
    let written = scene.memory.writes();
    let root = account("root@pam");
    for expected in 1..=10_000 {
        let slowed = scene.throttle.begin(&root, HOME, scene.now).await.unwrap().unwrap_err();
        assert_eq!(slowed.unread, expected);
    }
    assert_eq!(scene.memory.writes(), written);
}

#[tokio::test]
async fn a_flood_fills_neither_memory_nor_disk() {
    let mut scene = Scene::new().await;
    scene.succeed("root@pam", HOME).await;
    for number in 0..12_000 {
        scene.fail(&format!("user{number}@pam"), somewhere(number)).await;
    }
    let kept = scene.memory.count(Kind::Failures);
    assert!((20_000..=20_001).contains(&kept), "{kept}");
    scene.restart().await;
    assert_eq!(scene.memory.count(Kind::Failures), kept);
    for _ in 0..4 {
        assert_eq!(scene.fail("root@pam", HOME).await, 0, "who signed in is not forgotten");
    }
    scene.pass(24 * 3600);
    scene.restart().await;
    assert_eq!(scene.memory.count(Kind::Failures), 1, "the address where root has signed in");
}
