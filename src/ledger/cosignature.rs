//! Cosignatures: what a witness says of a checkpoint, after C2SP tlog-cosignature.

use ed25519_dalek::{Signature, VerifyingKey};
use signed_note::{Note, VerifierList};

use super::checkpoint::{Head, Verifier};
use crate::config::Cosigner;
use crate::error::{Error, Result};

impl signed_note::Verifier for Cosigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        self.id
    }

    /// A signature is 8 octets of the moment, in seconds since 1970, and Ed25519's 64.
    fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        let Some((time, signature)) = signature.split_first_chunk() else {
            return false;
        };
        let time = u64::from_be_bytes(*time);
        let mut message = format!("cosignature/v1\ntime {time}\n").into_bytes();
        message.extend(text);
        let key = VerifyingKey::from_bytes(&self.key);
        let signature = Signature::from_slice(signature);
        let (Ok(key), Ok(signature)) = (key, signature) else {
            return false;
        };
        i64::try_from(time).is_ok() && key.verify_strict(&message, &signature).is_ok()
    }
}

/// A checkpoint with what a witness has answered: without lines that are not this witness's.
pub(super) fn cosigned(checkpoint: &str, answer: &str, key: &Cosigner) -> Result<String> {
    let note = Note::from_bytes(format!("{checkpoint}{answer}").as_bytes());
    let note = note.map_err(|_| Error::refused("it answers with what is no signature"))?;
    let known = VerifierList::new(vec![Box::new(key.clone())]);
    let (own, _) = note
        .verify(&known)
        .map_err(|_| Error::refused("its answer is not signed with the key that is configured"))?;
    let lines = own.iter().flat_map(signed_note::Signature::to_bytes);
    let lines = String::from_utf8(lines.collect()).map_err(Error::internal)?;
    Ok(format!("{checkpoint}{lines}"))
}

/// A checkpoint that the platform has signed and this witness too: what it says, and its text
/// without the cosignature.
pub(super) fn opened(note: &str, cosigner: &Cosigner, key: &Verifier) -> Option<(Head, String)> {
    let head = key.open(note).ok()?;
    let known = VerifierList::new(vec![Box::new(cosigner.clone())]);
    let signed = Note::from_bytes(note.as_bytes())
        .ok()?
        .verify(&known)
        .ok()?;
    let mut checkpoint = note.to_owned();
    for line in signed.0.iter().map(signed_note::Signature::to_bytes) {
        checkpoint = checkpoint.replace(str::from_utf8(&line).ok()?, "");
    }
    Some((head, checkpoint))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification is signed by a key it does not give; this one is ours.
    fn witness(seed: u8) -> (ed25519_dalek::SigningKey, Cosigner) {
        let secret = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let key = secret.verifying_key().to_bytes();
        let octets = [&[4][..], &key].concat();
        let id = signed_note::key_id("w.example", &octets);
        let name = "w.example".to_owned();
        (secret, Cosigner { name, id, key })
    }

    fn line(text: &str, time: u64, seed: u8) -> String {
        use ed25519_dalek::Signer;
        let (secret, public) = witness(seed);
        let signature = secret.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let octets = [&time.to_be_bytes()[..], &signature.to_bytes()].concat();
        let signature = signed_note::Signature::new(public.name, public.id, octets);
        String::from_utf8(signature.expect("a name").to_bytes()).expect("it is text")
    }

    #[test]
    fn a_cosignature_counts_for_its_text_its_moment_and_its_key() {
        let text = "log.example/1\n5\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n";
        let checkpoint = format!("{text}\n{}", line("another signature", 1, 9));
        let (_, key) = witness(1);
        let good = line(text, 1_700_000_000, 1);
        let note = cosigned(&checkpoint, &format!("{}{good}", line(text, 5, 2)), &key);
        assert_eq!(note.expect("one is good"), format!("{checkpoint}{good}"));
        for bad in [
            line(text, 1_700_000_000, 2),
            line("another text\n", 1_700_000_000, 1),
            line(text, u64::MAX, 1),
            "ok\n".to_owned(),
            String::new(),
        ] {
            assert!(cosigned(&checkpoint, &bad, &key).is_err(), "{bad}");
        }
    }
}
