//! What several resolvers say of one name, as one answer.

/// What one resolver, or all of them, say of a challenge name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The texts there; none where the name, or a text at it, does not exist.
    Texts {
        /// Whether signatures prove that the zone's owner put them there.
        signed: bool,
        /// Each whole, however many strings it was cut into.
        texts: Vec<String>,
    },
    /// Another name stands for it.
    Alias,
    /// Nobody said anything that can be believed or not.
    Failed,
    /// A zone that is signed did not sign this.
    Bogus,
}

impl Answer {
    /// As `app.report_domain` is told it.
    pub(super) fn report(&self) -> (&'static str, &[String]) {
        match self {
            Self::Texts { texts, .. } => ("answered", texts),
            Self::Alias => ("record_alias", &[]),
            Self::Failed => ("dns_failed", &[]),
            Self::Bogus => ("dnssec_bogus", &[]),
        }
    }

    /// Signed texts are the zone's, whoever handed them on. Without signatures somebody on the way
    /// to one resolver could have made them up: so all must have answered, and only what each has
    /// seen counts.
    pub(super) fn agreed(answers: Vec<Self>) -> Self {
        let signed = |answer: &&Self| matches!(answer, Self::Texts { signed: true, .. });
        if let Some(proved) = answers.iter().find(signed) {
            return proved.clone();
        }
        for worst in [Self::Bogus, Self::Failed, Self::Alias] {
            if answers.contains(&worst) {
                return worst;
            }
        }
        let seen = answers.into_iter().filter_map(|answer| match answer {
            Self::Texts { texts, .. } => Some(texts),
            _ => None,
        });
        let common = seen.reduce(|mut common, texts| {
            common.retain(|text| texts.contains(text));
            common
        });
        match common {
            Some(texts) => Self::Texts {
                signed: false,
                texts,
            },
            None => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(signed: bool, texts: &[&str]) -> Answer {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        Answer::Texts { signed, texts }
    }

    #[test]
    fn without_signatures_every_resolver_must_have_seen_it() {
        for (answers, agreed) in [
            (vec![], Answer::Failed),
            (vec![texts(false, &["a"])], texts(false, &["a"])),
            (
                vec![texts(false, &["a", "b"]), texts(false, &["c", "a"])],
                texts(false, &["a"]),
            ),
            (
                vec![texts(false, &["a"]), texts(false, &[])],
                texts(false, &[]),
            ),
            (vec![texts(false, &["a"]), Answer::Failed], Answer::Failed),
            (vec![texts(false, &["a"]), Answer::Bogus], Answer::Bogus),
            (vec![texts(false, &["a"]), Answer::Alias], Answer::Alias),
        ] {
            assert_eq!(Answer::agreed(answers.clone()), agreed, "{answers:?}");
        }
    }

    #[test]
    fn a_signed_answer_needs_no_second() {
        for other in [Answer::Failed, Answer::Bogus, texts(false, &["b"])] {
            let answers = vec![other, texts(true, &["a"])];
            assert_eq!(Answer::agreed(answers), texts(true, &["a"]));
        }
    }
}
