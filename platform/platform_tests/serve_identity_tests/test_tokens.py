"""A token is right in every part or refused, always in the same words."""

import base64
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mesh_platform.errors import UserError
from mesh_platform.serve.identity import jwks
from mesh_platform.serve.identity.jwks import KeySet
from mesh_platform.serve.identity.settings import IdentitySettings
from mesh_platform.serve.identity.tokens import MAX_LENGTH, Tokens
from mesh_platform.serve.problems import Problem

ISSUER, AUDIENCE = "https://login.shop.example", "mesh"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
STRANGER = rsa.generate_private_key(65537, 2048)
PEM = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def public(key: Any, kid: str) -> dict[str, Any]:
    algorithm = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    said: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return said | {"kid": kid, "use": "sig"}


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": AUDIENCE, "azp": "board", "sub": "svc", "jti": "t1", "exp": now + 300, "iat": now}
    return {name: value for name, value in (usual | changes).items() if value is not None}


def signed(said: Mapping[str, Any], key: Any = RSA, algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(dict(said), key, algorithm, headers={"kid": "k1"} | header)


class World:
    """Tokens of an issuer whose keys are in a file."""

    clock: ClassVar[float] = 0.0

    def __init__(self, folder: Path) -> None:
        self.file = folder / "jwks.json"
        self.publish(public(RSA, "k1"), public(EC, "k2"))
        self.now = 1000.0
        self.keys = KeySet(self.file.as_uri(), clock=lambda: self.now)
        self.keys.fetch()
        self.tokens = Tokens(IdentitySettings(ISSUER, AUDIENCE, self.file.as_uri()), self.keys)

    def publish(self, *keys: Mapping[str, Any]) -> None:
        self.file.write_text(json.dumps({"keys": keys}))

    def refusal(self, text: str) -> Problem:
        with pytest.raises(Problem) as raised:
            self.tokens.proven(text)
        return raised.value


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_token_names_its_consumer_subject_and_id(world: World) -> None:
    proven = world.tokens.proven(signed(claims()))
    assert (proven.consumer, proven.proof) == ("board", "svc/t1")
    assert world.tokens.proven(signed(claims(azp=None, sub="desk"), EC, "ES256", kid="k2")).consumer == "desk"


def _part(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def _forged_by_public_key() -> str:
    """What a library that lets the token choose would take: HMAC with the public key as the secret."""
    import hashlib
    import hmac

    body = f"{_part({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{_part(claims())}"
    mac = base64.urlsafe_b64encode(hmac.digest(PEM, body.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{body}.{mac}"


def _swapped() -> str:
    """Right signature, other claims."""
    head, _, tail = signed(claims()).split(".")
    return f"{head}.{_part(claims(azp='admin'))}.{tail}"


NOW = int(time.time())
FORGERIES = {
    "no algorithm": f"{_part({'alg': 'none', 'kid': 'k1'})}.{_part(claims())}.",
    "no algorithm, signature kept": f"{_part({'alg': 'nOnE', 'kid': 'k1'})}." + signed(claims()).split(".", 1)[1],
    "HMAC with the public key": _forged_by_public_key(),
    "a stranger's key": signed(claims(), STRANGER),
    "other claims under the signature": _swapped(),
    "an algorithm of another kind of key": signed(claims(), EC, "ES256", kid="k1"),
    "another issuer": signed(claims(iss="https://evil.example")),
    "no issuer": signed(claims(iss=None)),
    "another audience": signed(claims(aud="shop")),
    "no audience": signed(claims(aud=None)),
    "expired": signed(claims(exp=NOW - 3600)),
    "never expiring": signed(claims(exp=None)),
    "not yet": signed(claims(nbf=NOW + 3600)),
    "no key id": jwt.encode(claims(), RSA, "RS256"),
    "a key id that is a number": f"{_part({'alg': 'RS256', 'kid': 7})}." + signed(claims()).split(".", 1)[1],
    "nobody's": signed(claims(azp=None, sub=None)),
    "a consumer that is no text": signed(claims(azp={"name": "board"})),
    "huge": "a" * (MAX_LENGTH + 1),
    "huge and signed": signed(claims(extra="x" * MAX_LENGTH)),
    "no token": "abc",
    "dots": "..",
    "not base64": "é.é.é",
    "keys of its own": signed(claims(), STRANGER, jwk=public(STRANGER, "k1"), jku="https://evil.example/jwks"),
}


@pytest.mark.parametrize("text", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_token_is_refused_in_the_same_words(world: World, text: str) -> None:
    refused, plain = world.refusal(text), world.refusal("x.y.z")
    assert refused.status == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")
    assert refused.body("r") == plain.body("r")
    assert not text or text not in json.dumps(refused.body("r"))


def test_a_token_that_was_right_ends_on_time(world: World) -> None:
    at = time.time()
    tokens = Tokens(IdentitySettings(ISSUER, AUDIENCE, "file:///"), world.keys, clock=lambda: at)
    text = signed(claims(exp=int(at) + 10))
    assert tokens.proven(text)
    at += 100
    with pytest.raises(Problem, match="401"):
        tokens.proven(text)


def test_a_token_ends_with_the_key_that_signed_it(world: World) -> None:
    text = signed(claims())
    assert world.tokens.proven(text)
    world.publish(public(EC, "k2"))
    world.keys.fetch()
    assert world.refusal(text).status == 401


def test_a_new_key_is_fetched_when_a_token_names_it_but_not_more_often_than_the_floor(world: World) -> None:
    text = signed(claims(), STRANGER, kid="k3")
    assert world.refusal(text).status == 401  # the floor: keys were fetched just now
    world.publish(public(RSA, "k1"), public(STRANGER, "k3"))
    world.now += jwks.FLOOR_SECONDS
    refused = world.refusal(text)
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    until = time.monotonic() + 5
    while world.keys.find("k3") is None and time.monotonic() < until:
        time.sleep(0.005)
    assert world.tokens.proven(text).consumer == "board"
    assert world.refusal(signed(claims(), kid="k4")).status == 401


def test_keys_that_can_t_be_fetched_leave_the_known_ones(world: World) -> None:
    for broken in (
        "",
        "{",
        "[]",
        '{"keys": 1}',
        '{"keys": ["x"]}',
        '{"keys": [{"kid": "k1", "kty": "RSA"}]}' + " " * 2**20,
    ):
        world.file.write_text(broken)
        assert not world.keys.fetch()
        assert world.tokens.proven(signed(claims()))


def test_keys_for_something_else_are_passed_over(world: World) -> None:
    secret = {"kty": "oct", "kid": "k5", "k": "c2VjcmV0", "alg": "HS256"}
    world.publish(secret, public(RSA, "k6") | {"use": "enc"}, {"kty": "RSA", "kid": "k7"}, public(RSA, "k1"))
    assert world.keys.fetch()
    assert [world.keys.find(kid) is not None for kid in ("k1", "k5", "k6", "k7")] == [True, False, False, False]


def test_remembered_tokens_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesh_platform.serve.identity.tokens.REMEMBERED", 3)
    for number in range(9):
        world.tokens.proven(signed(claims(jti=str(number)), EC, "ES256", kid="k2"))
    assert len(world.tokens._right) == 3


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"MESH_OIDC_ISSUER": ISSUER}, "MESH_OIDC_AUDIENCE, MESH_OIDC_JWKS_URL not set"),
        ({"MESH_OIDC_JWKS_URL": "http://login.shop.example/jwks"}, "https, http on this machine, or file"),
        ({"MESH_OIDC_JWKS_URL": "ftp://login.shop.example/jwks"}, "https, http on this machine, or file"),
    ],
)
def test_an_issuer_is_configured_wholly_and_safely(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str], rule: str
) -> None:
    whole = {"MESH_OIDC_ISSUER": ISSUER, "MESH_OIDC_AUDIENCE": AUDIENCE, "MESH_OIDC_JWKS_URL": "https://x.example"}
    for name, value in (said if len(said) == 1 and "MESH_OIDC_ISSUER" in said else whole | said).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=rule):
        IdentitySettings.load()


def test_without_an_issuer_no_token_is_accepted() -> None:
    assert not IdentitySettings.load().accepts_tokens
