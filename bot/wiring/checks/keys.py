"""Checks the signing pair, the webhook token, the data folder and the mode: what needs no other machine."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.adapters.ed25519 import Ed25519Signer, Ed25519Verifier
from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.core.errors import SettingsWrong

PART = "signing key"
PROOF = b"midwatch doctor: is this one pair?"
LEAST_SIGNS = 10
PAIR = "`midwatch init` writes a new pair; both processes need it, and a new ledger begins with it"


def check_private(text: str) -> Checkup:
    """serve's: it signs, and its own public half takes the signature."""
    try:
        signer = Ed25519Signer.read(text)
    except SettingsWrong as error:
        return wrong(PART, str(error), PAIR)
    if not Ed25519Verifier.read(signer.public()).verify(PROOF, signer.sign(PROOF)):
        return wrong(PART, "its own signature does not verify", PAIR)
    return proven(PART, f"key {signer.key} signs; act's MIDWATCH_VERIFY_KEY must be its public half")


def check_public(text: str) -> Checkup:
    """act's: one or several public keys."""
    try:
        verifier = Ed25519Verifier.read(text)
    except SettingsWrong as error:
        return wrong(PART, str(error), PAIR)
    says = f"believes key {', '.join(verifier.keys)}; whether it is serve's is seen only with both"
    return unproven(PART, says, "`midwatch doctor FOLDER` with serve.env and act.env, or compare with `--as serve`")


def check_pair(private: str, public: str) -> Checkup:
    """A signature of serve's, taken by act's key or not."""
    part = "signing pair"
    try:
        signer, verifier = Ed25519Signer.read(private), Ed25519Verifier.read(public)
    except SettingsWrong as error:
        return wrong(part, str(error), PAIR)
    if verifier.verify(PROOF, signer.sign(PROOF)):
        return proven(part, f"what serve signs (key {signer.key}) act believes")
    return wrong(
        part,
        f"serve signs with {signer.key}, act believes {', '.join(verifier.keys)}: no approval would ever run",
        f"set MIDWATCH_VERIFY_KEY={signer.public()} for act",
    )


def check_webhook_token(token: str) -> Checkup:
    part = "webhook token"
    if len(set(token)) < LEAST_SIGNS:
        return wrong(part, "MIDWATCH_WEBHOOK_TOKEN can be guessed", "openssl rand -hex 24, here and in Alertmanager")
    return proven(part, f"{len(token)} characters; Alertmanager sends it as Authorization: Bearer")


def check_data_dir(folder: Path) -> Checkup:
    part = "data folder"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        mend = "set MIDWATCH_DATA_DIR to a folder that this process may write"
        return wrong(part, f"{folder} cannot be written: {error.strerror}", mend)
    return proven(part, f"{folder} can be written")


def check_anchors(path: Path | None) -> Checkup:
    part = "anchors"
    if path is None:
        mend = "set MIDWATCH_ANCHORS to a file that Redis's machine cannot reach"
        return unproven(part, "no file outside Redis notes the ledgers' heads", mend)
    place = path if path.exists() else path.parent
    if not os.access(place, os.W_OK):
        return wrong(part, f"{path} cannot be written", "set MIDWATCH_ANCHORS to a file in a folder that exists")
    return proven(part, f"{path} can be written")


MODES = {
    "observe": "looks and says; proposes nothing, and needs no act worker",
    "propose": "proposes with the line a person can run; no Approve button, and needs no act worker",
    "act": "carries out what is approved; every process must say act",
}


def check_mode(mode: str) -> Checkup:
    return proven("mode", f"{mode}: {MODES[mode]}")


def check_modes(modes: Mapping[str, str]) -> Iterator[Checkup]:
    """All processes of one installation, by name."""
    part, different = "modes", sorted(set(modes.values()))
    if len(different) > 1:
        told = ", ".join(f"{process} {mode}" for process, mode in modes.items())
        yield wrong(part, f"the processes disagree: {told}", "set the same MIDWATCH_MODE in every environment")
    elif different:
        yield proven(part, f"every process says {different[0]}: {MODES[different[0]]}")
