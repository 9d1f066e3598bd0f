//! Random calls of random people of three tenants, and a model of who may see and do what: after
//! each step the answer and what is listed are the model's.
//!
//! A failure prints its seed and the shortest sequence found; `BULKHEAD_TEST_SEED` repeats it.

mod call;
mod cast;
mod documents;
mod load;
mod model;
mod people;
mod places;
mod roles;
mod scene;
mod shares;

use std::collections::BTreeMap;
use std::time::Instant;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use call::Step;
use scene::Scene;

use crate::support::{long, seed};

/// Sequences and their length: each begins in a database of its own.
const ORDINARY: (usize, usize) = (6, 250);
const LONG: (usize, usize) = (40, 500);

fn step() -> impl Strategy<Value = Step> {
    let any = any::<(u16, u8, u16, u16, u16, u8)>();
    any.prop_map(|(actor, verb, target, other, third, tag)| Step {
        actor,
        verb,
        target,
        other,
        third,
        tag,
    })
}

/// How a sequence went: how many steps were right, and how the next was not.
struct Run {
    right: usize,
    wrong: Option<String>,
    told: BTreeMap<String, usize>,
}

async fn run(steps: &[Step]) -> Run {
    let mut scene = Scene::start().await;
    for (right, step) in steps.iter().enumerate() {
        if let Err(difference) = scene.take(step).await {
            let story = scene.log.join("\n");
            let wrong = Some(format!("{story}\n\n{difference}"));
            return Run {
                right,
                wrong,
                told: scene.told,
            };
        }
    }
    Run {
        right: steps.len(),
        wrong: None,
        told: scene.told,
    }
}

/// So often is a failure tried with less.
const TRIALS: usize = 60;

/// The shortest sequence found that still fails, and its story: leaves out halves, then quarters,
/// down to single steps. Steps mean something wherever they stand, so most can go.
async fn shortest(mut steps: Vec<Step>, mut story: String) -> String {
    let (mut size, mut trials) = (steps.len() / 2, 0);
    while size > 0 && trials < TRIALS {
        let mut from = 0;
        while from < steps.len() && trials < TRIALS {
            let to = steps.len().min(from + size);
            let less = [&steps[..from], &steps[to..]].concat();
            trials += 1;
            let run = run(&less).await;
            match run.wrong {
                Some(wrong) => {
                    (steps, story) = (less, wrong);
                    steps.truncate(run.right + 1);
                }
                None => from = to,
            }
        }
        size /= 2;
    }
    format!("{} steps, as numbers {steps:?}\n{story}", steps.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_everybody_sees_and_may_do_what_the_model_says() {
    let (sequences, length) = if long() { LONG } else { ORDINARY };
    let (seed, begun) = (seed(), Instant::now());
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), random);
    let strategy = prop::collection::vec(step(), length);
    let mut told = BTreeMap::<String, usize>::new();
    for _ in 0..sequences {
        let tree = strategy.new_tree(&mut runner).expect("any numbers will do");
        let mut steps = tree.current();
        let run = run(&steps).await;
        if let Some(wrong) = run.wrong {
            steps.truncate(run.right + 1);
            let story = shortest(steps, wrong).await;
            panic!("BULKHEAD_TEST_SEED={seed}\n{story}");
        }
        for (outcome, count) in run.told {
            *told.entry(outcome).or_default() += count;
        }
    }
    let steps = sequences * length;
    println!(
        "{steps} steps in {:.1?}, seed {seed}: {told:?}",
        begun.elapsed()
    );
    // What nobody succeeds at, and what nobody is refused, promises nothing.
    for outcome in [
        "POST 201",
        "PATCH 200",
        "DELETE 204",
        "POST 403",
        "PATCH 404",
        "POST 409",
    ] {
        assert!(
            told.get(outcome).is_some_and(|count| *count > steps / 200),
            "{outcome}: {told:?}"
        );
    }
}
