//! The steps of every gateway, drawn from a seed.

use super::ledger::Command;
use super::people::Part;
use super::steps::Step;
use super::KEY;
use std::ops::Range;

/// People, the host first.
pub const PEOPLE: usize = 7_000;
pub const GATEWAYS: usize = 50;
/// Gateways with one member of the staff each. The host is on the first.
pub const STAFFED: Range<usize> = 0..11;
/// Gateways that ask for missed events when BEAT shows them.
pub const ANXIOUS: Range<usize> = 35..45;
/// Gateways that restart. The first has LARGEST times as many people as the others, more than one slice releases.
pub const RESTARTED: Range<usize> = 45..50;
const LARGEST: usize = 4;

/// The people of each gateway.
pub fn cast() -> Vec<Vec<(String, Part)>> {
    let mut cast: Vec<Vec<(String, Part)>> = vec![Vec::new(); GATEWAYS];
    let mut nth = 0;
    while nth < PEOPLE {
        for (gateway, people) in cast.iter_mut().enumerate() {
            let share = if gateway == RESTARTED.start { LARGEST } else { 1 };
            for _ in 0..share.min(PEOPLE - nth) {
                let part = part(gateway, people.len());
                people.push((format!("u{nth}"), part));
                nth += 1;
            }
        }
    }
    cast
}

fn part(gateway: usize, nth: usize) -> Part {
    match nth {
        0 if STAFFED.contains(&gateway) => Part::Staff,
        1..=3 if !RESTARTED.contains(&gateway) => Part::Troll,
        4..=15 => Part::Raiser,
        16..=27 => Part::Leaver,
        28..=31 => Part::Loser,
        32..=34 => Part::Double,
        35 => Part::Spammer,
        36 => Part::Tapper,
        37 if STAFFED.contains(&gateway) => Part::Shadow,
        _ => Part::Guest,
    }
}

/// Names of the people with this part, on all gateways.
pub fn names(cast: &[Vec<(String, Part)>], part: Part) -> Vec<String> {
    let all = cast.iter().flatten().filter(|(_, own)| *own == part);
    all.map(|(name, _)| name.clone()).collect()
}

/// Steps at random places. Some must follow others.
struct Plan<'r> {
    steps: Vec<(u32, Step)>,
    random: &'r mut fastrand::Rng,
}

impl Plan<'_> {
    fn at_random(&mut self, step: Step) {
        let at = self.random.u32(..);
        self.steps.push((at, step));
    }

    fn one_in(&mut self, many: u32, step: Step) {
        if self.random.u32(0..many) == 0 {
            self.at_random(step);
        }
    }

    /// Adds steps that keep their order.
    fn in_turn(&mut self, steps: &[Step]) {
        let mut places: Vec<u32> = steps.iter().map(|_| self.random.u32(..)).collect();
        places.sort_unstable();
        self.steps.extend(places.into_iter().zip(steps.iter().cloned()));
    }

    fn times(&mut self, many: usize, step: Step) {
        (0..many).for_each(|_| self.at_random(step.clone()));
    }

    fn steps(mut self) -> Vec<Step> {
        self.steps.sort_by_key(|(at, _)| *at);
        self.steps.into_iter().map(|(_, step)| step).collect()
    }
}

/// All people join. Some vote at once, among them those who may be kicked soon.
pub fn doors(people: &[(String, Part)], random: &mut fastrand::Rng) -> Vec<Step> {
    let mut order: Vec<usize> = (0..people.len()).collect();
    random.shuffle(&mut order);
    let mut steps = Vec::new();
    for who in order {
        steps.push(Step::Join(who));
        if people[who].1 == Part::Troll || random.u32(0..8) == 0 {
            steps.push(Step::Vote(who));
        }
    }
    steps
}

/// All kinds of activity at once.
pub fn evening(gateway: usize, cast: &[Vec<(String, Part)>], random: &mut fastrand::Rng) -> Vec<Step> {
    let staff = STAFFED.contains(&gateway).then(|| cast[gateway][0].0.clone());
    let mut plan = Plan { steps: Vec::new(), random };
    for (who, (_, part)) in cast[gateway].iter().enumerate() {
        plan.times(8, Step::React(who));
        plan.at_random(Step::Comment(who));
        plan.one_in(2, Step::Comment(who));
        plan.one_in(40, Step::DeleteOwn(who));
        if *part != Part::Troll {
            plan.at_random(Step::Vote(who));
        }
        plan.one_in(20, Step::Vote(who));
        plan.one_in(6, Step::VoteInSecret(who));
        match part {
            Part::Raiser if who % 2 == 0 => plan.in_turn(&[Step::Raise(who)]),
            Part::Raiser => plan.in_turn(&[Step::Raise(who), Step::Lower(who), Step::Raise(who)]),
            Part::Leaver => {
                plan.in_turn(&[Step::Leave(who), Step::Join(who), Step::Leave(who), Step::Join(who)])
            }
            Part::Loser => plan.in_turn(&[Step::Lose(who), Step::Join(who)]),
            Part::Double => plan.in_turn(&[Step::SecondDevice(who), Step::SecondDeviceGone(who)]),
            Part::Spammer => plan.at_random(Step::Spam(who, 15)),
            Part::Tapper => plan.at_random(Step::Tap(who, 4)),
            Part::Shadow => {
                let by = staff.as_deref().unwrap_or("-");
                let block = command(&["ROOM.BLOCK", KEY, by, &cast[gateway][who].0, "SHADOW"]);
                plan.in_turn(&[Step::Send(block), Step::Comment(who), Step::React(who)]);
            }
            Part::Staff | Part::Guest | Part::Troll => {}
        }
    }
    let beat = if ANXIOUS.contains(&gateway) { Step::BeatAnxiously } else { Step::Beat };
    plan.times(15, beat);
    if RESTARTED.contains(&gateway) {
        plan.at_random(Step::Restart { lost: gateway % 2 == 0 });
    }
    if let Some(staff) = staff {
        moderate(gateway, &staff, cast, &mut plan);
    }
    plan.steps()
}

/// The steps of the staff.
fn moderate(gateway: usize, staff: &str, cast: &[Vec<(String, Part)>], plan: &mut Plan<'_>) {
    let is_host = gateway == STAFFED.start;
    for nth in 0..if is_host { 40 } else { 8 } {
        // A retry after a lost reply seats no second user.
        let next = Step::Send(command(&["ROOM.NEXT", KEY, staff, "TOKEN", &format!("next-{gateway}-{nth}")]));
        plan.in_turn(&[next.clone(), next][..1 + usize::from(nth % 5 == 0)]);
    }
    plan.times(6, Step::MuteSomebody);
    plan.times(4, Step::AskSomebody);
    plan.times(2, Step::LowerSomebody);
    plan.times(10, Step::DeleteSomething);
    plan.at_random(Step::Send(command(&["ROOM.MUTE", KEY, staff, "*"])));
    let trolls = names(cast, Part::Troll);
    if is_host {
        plan.times(12, Step::PinSomething);
        plan.times(8, Step::UnpinSomething);
        plan.at_random(Step::Send(command(&["ROOM.LOWERHAND", KEY, staff, "*"])));
        plan.at_random(Step::Send(command(&["ROOM.POLLCLOSE", KEY, staff, super::SECRET_POLL.id])));
        let mut offered = names(cast, Part::Guest);
        plan.random.shuffle(&mut offered);
        let mut raisers = names(cast, Part::Raiser);
        plan.random.shuffle(&mut raisers);
        for user in offered.iter().take(50).chain(raisers.iter().take(90)) {
            plan.at_random(Step::Send(command(&["ROOM.OFFER", KEY, staff, user, "FOR", "3600"])));
        }
        return;
    }
    for _ in 0..18 {
        let troll = &trolls[plan.random.usize(0..trolls.len())];
        plan.at_random(Step::Send(command(&["ROOM.KICK", KEY, staff, troll, "REASON", "noise"])));
    }
    // No two cohosts block the same troll.
    let cohosts = STAFFED.len() - 1;
    for (nth, troll) in trolls.iter().enumerate().skip(gateway - 1).step_by(cohosts).step_by(2) {
        plan.at_random(Step::Block { target: troll.clone(), clear: nth % 3 == 0 });
    }
}

/// The host ends the room while others go on.
pub fn last_words(gateway: usize, people: usize, host: &str, random: &mut fastrand::Rng) -> Vec<Step> {
    let mut plan = Plan { steps: Vec::new(), random };
    for who in 0..people {
        plan.one_in(2, Step::React(who));
        plan.one_in(10, Step::Comment(who));
    }
    let mut steps = plan.steps();
    if gateway == STAFFED.start {
        steps.insert(steps.len() / 2, Step::Send(command(&["ROOM.END", KEY, host])));
    }
    steps
}

fn command(parts: &[&str]) -> Command {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
