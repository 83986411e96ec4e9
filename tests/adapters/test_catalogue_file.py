"""The catalogue reads our own file, Backstage's, and a folder of them; what is wrong is named."""

from pathlib import Path

import pytest

from bot.adapters.catalogue_file import read_catalogue
from bot.core.errors import SettingsWrong

CHECKOUT = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  annotations:
    backstage.io/kubernetes-id: checkout-web
    backstage.io/kubernetes-namespace: payments
    backstage.io/kubernetes-label-selector: app=checkout
    github.com/project-slug: shop/checkout
    midwatch.dev/tier: "1"
    midwatch.dev/metrics: job="checkout"
  links:
    - {url: https://wiki.example/checkout, title: Runbook}
spec:
  type: service
  owner: group:default/payments
  dependsOn: [component:default/ledger, "resource:orders-db"]
  consumesApis: [rates-api]
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: rates}
spec: {type: service, owner: payments, providesApis: [rates-api]}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: orders-db}
spec: {type: database, owner: user:ines}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: payments, annotations: {midwatch.dev/slack: S0PAYMENTS}}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ines, annotations: {midwatch.dev/slack: U0INES}}
spec: {memberOf: []}
"""


def test_backstage_says_owner_tier_places_and_dependencies(tmp_path: Path) -> None:
    file = tmp_path / "catalog-info.yaml"
    file.write_text(CHECKOUT, encoding="utf-8")
    catalogue = read_catalogue(file)
    found = catalogue.of("payments", "checkout-web")
    assert found is not None
    assert (found.name, found.tier, found.owners, found.team) == ("checkout", 1, ("S0PAYMENTS",), "payments")
    assert (found.repository, found.runbook) == ("shop/checkout", "https://wiki.example/checkout")
    assert (found.selector, found.metrics) == ("app=checkout", 'job="checkout"')
    assert catalogue.map().dependencies_of("checkout") == ("ledger", "orders-db", "rates")
    database = catalogue.of("anywhere", "orders-db")
    assert database is not None
    assert database.owners == ("U0INES",)


def test_a_folder_gives_every_entity_beneath_it(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "catalog-info.yaml").write_text(
            f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{}}\n"
        )
    assert {one.name for one in read_catalogue(tmp_path).services} == {"a", "b"}


def test_a_location_is_followed_to_the_files_beside_it_and_nowhere_else(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    entity = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {}}}\nspec: {{}}\n"
    (inner / "one.yaml").write_text(entity.format("one"))
    (tmp_path / "outside.yaml").write_text(entity.format("outside"))
    (inner / "all.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n"
        "spec: {targets: [./one.yaml, ../outside.yaml, https://elsewhere.example/x.yaml, ./all.yaml, ./gone.yaml]}\n"
    )
    assert [one.name for one in read_catalogue(inner / "all.yaml").services] == ["one"]


def test_our_own_file_goes_on_working(tmp_path: Path) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text("services: [{name: checkout, namespace: payments, tier: 1, depends_on: [ledger]}]")
    catalogue = read_catalogue(file)
    assert catalogue.map().dependencies_of("checkout") == ("ledger",)
    assert catalogue.of("payments", "checkout") is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CHECKOUT.replace('midwatch.dev/tier: "1"', "midwatch.dev/tier: gold"), "Component checkout"),
        (CHECKOUT.replace("S0PAYMENTS", "payments-team"), "owners"),
        ("apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {}\nspec: {}\n", "without a name"),
        ("services: [{name: a, colour: red}]", "colour"),
        ("services: [{name: a}, {name: a}]", "named twice"),
        ("{unclosed", "no YAML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "catalog.yaml"
    file.write_text(text)
    with pytest.raises(SettingsWrong, match="MIDWATCH_CATALOG") as error:
        read_catalogue(file)
    assert told in str(error.value)
