//! What goes wrong outside: it is tried again, later each time, and never makes anybody twice.

use std::time::Duration;

use super::Scene;
use crate::commands::run;
use crate::support::Mood;

#[tokio::test]
async fn a_lost_answer_makes_no_second_user() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    // It was done, and nobody heard of it; nor of the one that was found.
    for (at, moods) in [(1, &[Mood::Lost][..]), (2, &[Mood::Well, Mood::Lost])] {
        scene.outside.moods(moods);
        scene.round().await;
        let task = scene.task(user).await;
        assert_eq!(task, format!("pending {at} unreachable"));
        scene.later().await;
    }
    scene.round().await;
    assert_eq!(scene.task(user).await, "done");
    let users = scene.outside.users();
    assert_eq!(users.len(), 1);
    assert_eq!(
        scene.subject(user).await,
        users.get(&user.to_string()).cloned()
    );
}

#[tokio::test]
async fn whatever_it_answers_a_user_waits_and_is_told_of_in_the_end() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    let long = format!("{{\"id\": \"{}\"}}", "x".repeat(300_000));
    let mut attempts = 0;
    for (mood, problem) in [
        (Mood::Status(500), "status_500"),
        (Mood::Status(503), "status_503"),
        (Mood::Status(401), "status_401"),
        (Mood::Status(404), "status_404"),
        (Mood::Status(302), "status_302"),
        (Mood::Says("nonsense".to_owned()), "answer_malformed"),
        (Mood::Says("{}".to_owned()), "answer_malformed"),
        (Mood::Says(long), "answer_too_long"),
    ] {
        scene.outside.moods(std::slice::from_ref(&mood));
        scene.round().await;
        attempts += 1;
        let task = scene.task(user).await;
        assert_eq!(task, format!("pending {attempts} {problem}"), "{mood:?}");
        let doubled = f64::min(10.0 * f64::from(1 << (attempts - 1)), 3600.0);
        let waits = scene.waits_seconds(user).await;
        assert!((0.85 * doubled..1.15 * doubled).contains(&waits), "{waits}");
        assert_eq!(scene.round().await.taken, 0, "not before it is due");
        scene.later().await;
    }
    scene.round().await;
    assert_eq!(scene.task(user).await, "done");
    assert_eq!(scene.outside.users().len(), 1);
}

/// Ten seconds are the longest that anybody is waited for.
#[tokio::test]
async fn one_that_never_answers_is_given_up_waiting_for() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    scene.outside.moods(&[Mood::Silent]);
    scene.round().await;
    assert_eq!(scene.task(user).await, "pending 1 slow");
    scene.later().await;
    scene.round().await;
    assert_eq!(scene.task(user).await, "done");
    assert_eq!(scene.outside.users().len(), 1);
}

#[tokio::test]
async fn one_that_is_busy_is_left_alone_for_as_long_as_it_says_and_no_attempt_is_lost() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    scene.outside.moods(&[Mood::Busy(90)]);
    let round = scene.round().await;
    assert_eq!(round.pause, Some(Duration::from_secs(90)));
    assert_eq!(scene.task(user).await, "pending 0 busy");
    let waits = scene.waits_seconds(user).await;
    assert!((80.0..=90.0).contains(&waits), "{waits}");
    scene.later().await;
    scene.outside.moods(&[Mood::Busy(9_999_999)]);
    assert_eq!(scene.round().await.pause, Some(Duration::from_hours(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_is_given_up_shown_and_tried_again_when_an_operator_says_so() {
    let scene = Scene::start().await;
    scene.enqueue("acme.owner").await;
    scene.outside.moods(&[Mood::Unfound]);
    scene.round().await;
    scene.enqueue("acme.member").await;
    scene.round().await;
    let status = run(&scene.world, &["directory", "status", "--json"]);
    assert_eq!(status.code, 0, "{status:?}");
    let status = status.json();
    assert_eq!(status["queue"]["dead"], 1, "{status}");
    assert_eq!(status["given_up"]["items"][0]["problem"], "status_422");
    let text = run(&scene.world, &["directory", "status"]);
    assert!(text.out.contains("status_422"), "{text:?}");
    scene.later().await;
    assert_eq!(scene.round().await.taken, 0, "nobody tries any more");

    let retried = run(&scene.world, &["directory", "retry", "--all", "--json"]);
    assert_eq!(retried.json()["retried"], 1, "{retried:?}");
    scene.round().await;
    assert_eq!(scene.outside.users().len(), 2);
    let again = run(
        &scene.world,
        &["directory", "retry", "acme.owner@example.test"],
    );
    assert!(again.out.contains("the directory knows them"), "{again:?}");
    let nobody = run(&scene.world, &["directory", "retry", "nobody@example.test"]);
    assert_eq!(nobody.code, 1);
    assert!(nobody.err.contains("USER"), "{nobody:?}");
    assert_eq!(run(&scene.world, &["directory", "retry"]).code, 2);
}

#[tokio::test]
async fn after_thirty_attempts_nobody_tries_any_more() {
    let scene = Scene::start().await;
    let user = scene.enqueue("acme.owner").await;
    let tried = "update platform.directory_tasks set attempts = 28";
    scene.world.arrange(tried).await;
    scene.outside.moods(&[Mood::Status(500), Mood::Status(500)]);
    scene.round().await;
    assert_eq!(scene.task(user).await, "pending 29 status_500");
    scene.later().await;
    scene.round().await;
    assert_eq!(scene.task(user).await, "dead 30 status_500");
    // Nor for whom each time somebody died of it, and told nothing.
    let died = "update platform.directory_tasks set attempts = 30, state = 'pending'";
    scene.world.arrange(died).await;
    scene.later().await;
    assert_eq!(scene.round().await.taken, 0);
    assert_eq!(scene.task(user).await, "dead 31 status_500");
}

#[tokio::test]
async fn nobody_becomes_who_somebody_else_is_already() {
    let scene = Scene::start().await;
    let (user, other) = (
        scene.enqueue("acme.owner").await,
        scene.enqueue("acme.member").await,
    );
    scene.outside.makes("did:privy:same");
    scene.round().await;
    let mut tasks = [scene.task(user).await, scene.task(other).await];
    tasks.sort();
    assert_eq!(tasks, ["dead 1 users_canonical_subject_unique", "done"]);
    let third = scene.enqueue("acme.viewer").await;
    scene.outside.makes("with a space");
    scene.round().await;
    assert_eq!(
        scene.task(third).await,
        "dead 1 users_canonical_subject_format"
    );
    assert_eq!(scene.subject(third).await, None);
}
