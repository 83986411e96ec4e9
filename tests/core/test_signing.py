"""Signatures: over exactly what was approved, by the key that is known, and by nothing that only looks like it."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.adapters.ed25519 import Ed25519Signer, Ed25519Verifier, generate
from bot.core.errors import SettingsWrong
from bot.core.events import ActionApproved
from bot.core.signing import Signed, document, document_of, signed_by

PAIR, STRANGER = generate(), generate()
TARGET = "Deployment/web/shop"
SAID = {
    "incident": "inc-1",
    "approval": "a-1",
    "digest": "d" * 64,
    "voters": ("U1", "U2"),
    "approved_at": "2026-03-01T02:01:00.000Z",
    "expires_at": "2026-03-01T02:15:00.000Z",
}
OTHERWISE = {
    "incident": "inc-2",
    "approval": "a-2",
    "digest": "e" * 64,
    "voters": ("U1",),
    "approved_at": "2026-03-01T02:01:00.001Z",
    "expires_at": "2026-03-01T03:15:00.000Z",
}


def approved(signer: Ed25519Signer, **changes: object) -> ActionApproved:
    signed = signer.sign(document(target=TARGET, **SAID))  # type: ignore[arg-type]
    return ActionApproved.model_validate({**SAID, "key": signed.key, "signature": signed.signature, **changes})


SIGNER, VERIFIER = Ed25519Signer.read(PAIR.private), Ed25519Verifier.read(PAIR.public)


def test_the_document_never_changes_its_bytes() -> None:
    assert document_of(approved(SIGNER), TARGET) == (
        b'{"approval":"a-1","approved_at":"2026-03-01T02:01:00.000Z","digest":"' + b"d" * 64 + b'",'
        b'"expires_at":"2026-03-01T02:15:00.000Z","incident":"inc-1","target":"Deployment/web/shop","v":1,'
        b'"voters":["U1","U2"]}'
    )


def test_what_serve_signed_is_believed() -> None:
    assert signed_by(VERIFIER, approved(SIGNER), TARGET)


@pytest.mark.parametrize("field", sorted(OTHERWISE))
def test_a_signature_is_worth_nothing_when_one_field_is_another(field: str) -> None:
    assert not signed_by(VERIFIER, approved(SIGNER, **{field: OTHERWISE[field]}), TARGET)


def test_a_signature_is_worth_nothing_for_another_target_or_another_order_of_voters() -> None:
    assert not signed_by(VERIFIER, approved(SIGNER), "Deployment/web/other")
    assert not signed_by(VERIFIER, approved(SIGNER, voters=("U2", "U1")), TARGET)


def test_a_strangers_signature_is_refused_also_under_a_known_keys_name() -> None:
    stranger = Ed25519Signer.read(STRANGER.private)

    assert not signed_by(VERIFIER, approved(stranger), TARGET)
    assert not signed_by(VERIFIER, approved(stranger, key=PAIR.key), TARGET)


@pytest.mark.parametrize("signature", ["", "00" * 64, "zz" * 64, "0" * 127, "é" * 64])
def test_what_is_no_signature_is_refused_and_raises_nothing(signature: str) -> None:
    assert not VERIFIER.verify(b"anything", Signed(PAIR.key, signature))


def test_two_public_keys_are_accepted_while_a_key_is_being_replaced() -> None:
    both = Ed25519Verifier.read(f"{PAIR.public}, {STRANGER.public}")

    assert both.keys == (PAIR.key, STRANGER.key)
    assert signed_by(both, approved(SIGNER), TARGET)
    assert signed_by(both, approved(Ed25519Signer.read(STRANGER.private)), TARGET)


def pem_private() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("fold", [False, True])
def test_keys_are_read_from_pem_also_on_one_line_as_env_files_hold_them(fold: bool) -> None:
    private, public = (text.replace("\n", "\\n") if fold else text for text in pem_private())

    signer = Ed25519Signer.read(private)

    assert Ed25519Verifier.read(public).verify(b"x", signer.sign(b"x"))
    assert Ed25519Verifier.read(public).keys == (signer.key,)


def test_the_pair_that_is_generated_belongs_together() -> None:
    assert Ed25519Signer.read(PAIR.private).public() == PAIR.public
    assert Ed25519Signer.read(PAIR.private).key == PAIR.key != STRANGER.key


def other_kind() -> str:
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    "text", ["", "secret", "c2hvcnQ=", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_named_as_a_wrong_setting_and_never_repeated(text: str) -> None:
    for read, setting in ((Ed25519Signer.read, "MIDWATCH_SIGNING_KEY"), (Ed25519Verifier.read, "MIDWATCH_VERIFY_KEY")):
        with pytest.raises(SettingsWrong) as refusal:
            read(text)
        assert setting in str(refusal.value)
        assert not text or text not in str(refusal.value)


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsWrong):
        Ed25519Signer.read(other_kind())
    with pytest.raises(SettingsWrong):
        Ed25519Verifier.read(pem_private()[0])


def test_a_signer_does_not_show_its_key() -> None:
    assert PAIR.private not in repr(SIGNER)
    assert PAIR.private not in str(vars(SIGNER))
