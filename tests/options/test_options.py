"""Option files: inheritance, overrides, clear errors, and every shipped file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from classsr.build.network import network_spec
from classsr.build.objective import build_schedule
from classsr.cli.options import reference
from classsr.errors import ClassSRError
from classsr.models.spec import create
from classsr.options.loading import dump_options, load_options
from classsr.options.schema.section import Section
from classsr.options.schema.testing import TestOptions
from classsr.options.schema.training import TrainOptions

OPTIONS = Path(__file__).parents[2] / "options"
TRAINING = sorted([*OPTIONS.glob("train_*.yml"), *OPTIONS.glob("*/train_*.yml")])
TESTING = sorted(OPTIONS.glob("test*.yml"))

MINIMAL = """
name: minimal
network: branch1
branches: [{type: FSRCNN, d: 16}]
datasets: {train: {dataroot_packed: datasets/x}}
train: {niter: 5, lr: 1e-3, scheduler: {type: CosineAnnealingLR_Restart, T_period: [5]}}
"""


def write(folder: Path, text: str, name: str = "options.yml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def load(path: Path, *overrides: str, kind: type[Section] = TrainOptions) -> Section:
    return load_options(path, overrides=overrides, kind=kind)


def test_there_are_files_for_all_experiments() -> None:
    backbones = ("FSRCNN", "CARN", "SRResNet", "RCAN")
    names = {path.stem for path in TRAINING}
    for backbone in backbones:
        plain = {f"train_{backbone}_{part}" for part in ("branch1", "branch2", "branch3", "O")}
        assert plain | {f"train_ClassSR_{backbone}", f"train_ClassSR_{backbone}_joint"} <= names


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_every_training_file_builds_its_network_and_schedule(path: Path) -> None:
    options = load_options(path, kind=TrainOptions)
    folder = "" if path.parent == OPTIONS else f"{path.parent.name}_"
    assert options.name == folder + path.stem.removeprefix("train_")
    network = create(network_spec(options), scale=options.scale)
    assert network.scale == options.scale
    rate = build_schedule(options)
    assert 0.9 * options.train.lr < rate(options.train.warmup_iter) <= options.train.lr
    assert rate(options.train.niter) < options.train.lr
    assert options.train.freeze_branches == (
        options.network == "ClassSR" and "joint" not in path.stem
    )


@pytest.mark.parametrize(
    ("backbone", "key"), [("RCAN", "n_feats"), ("SRResNet", "nf"), ("CARN", "nf")]
)
def test_hardware_files_have_widths_of_their_own_and_the_papers_recipe(
    backbone: str, key: str
) -> None:
    name = f"train_ClassSR_{backbone}.yml"
    paper, hardware = (
        load_options(folder / name, kind=TrainOptions) for folder in (OPTIONS, OPTIONS / "hardware")
    )
    assert [getattr(branch, key) for branch in hardware.branches] == [32, 48, 64]
    assert hardware.train == paper.train
    assert hardware.name not in (paper.name, *paper.path.pretrain_branches)
    own = [path for path in hardware.path.pretrain_branches if "hardware_" in str(path)]
    assert len(own) == 2  # the third has the paper's width and is the paper's


@pytest.mark.parametrize("path", TESTING, ids=lambda path: path.stem)
def test_every_test_file_is_valid(path: Path) -> None:
    options = load_options(path, kind=TestOptions)
    assert all(pairs.made_by for pairs in options.datasets)


def test_resolved_options_load_again(tmp_path: Path) -> None:
    options = load_options(OPTIONS / "train_ClassSR_RCAN.yml", kind=TrainOptions)
    assert load(write(tmp_path, dump_options(options))) == options


def test_bases_merge_in_order_and_deeply(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL, "a.yml")
    write(tmp_path, "train: {lr: 0.5}", "b.yml")
    path = write(tmp_path, "_base_: [a.yml, b.yml]\ntrain: {niter: 7}")
    options = load(path)
    assert (options.train.lr, options.train.niter, options.name) == (0.5, 7, "minimal")


def test_inheriting_from_itself_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "_base_: options.yml", "a.yml")
    with pytest.raises(ClassSRError, match="inherits from itself"):
        load(write(tmp_path, "_base_: a.yml"))


def test_overrides_reach_sections_and_lists(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    options = load(path, "train.lr=2e-4", "branches.0.d=36", "logger.print_freq=3", "name=other")
    assert (options.train.lr, options.branches[0].d) == (2e-4, 36)
    assert (options.logger.print_freq, options.name) == (3, "other")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.itern=3", r"train.itern: unknown key; did you mean train.niter\?"),
        ("train.learning_rate=3", r"train.learning_rate: unknown key; did you mean train.lr\?"),
        ("learning_rate=3", r"learning_rate: unknown key; did you mean train.lr\?"),
        ("print_freq=3", r"print_freq: unknown key; did you mean logger.print_freq\?"),
        ("nmae=x", r"nmae: unknown key; did you mean name\?"),
        ("branches.0.dd=3", r"branches.0.dd: unknown key; did you mean branches.0.d\?"),
        ("datasets.train.batchsize=3", r"did you mean datasets.train.batch_size\?"),
        ("train.scheduler.eta=0", r"did you mean train.scheduler.eta_min\?"),
        ("name=..", r"name: string should match pattern .*, found '\.\.'"),
        ("name=a/b", "name: string should match pattern"),
        ("name=" + "x" * 300, "name: expected a name of at most 200 bytes, found 'xxx"),
        (
            "datasets.val=[{name: ../../x, dataroot_GT: a, dataroot_LQ: b}]",
            r"datasets.val.0.name: ",
        ),
        ("val.tile=99999999999", "val.tile: input should be less than or equal to 4096"),
        ("val.crop_border=100000", "val.crop_border: input should be less than or equal to 1000"),
        ("val.tile=1:30", "val.tile: .*found '1:30'"),
        ("train.lr=.inf", "train.lr: input should be a finite number"),
        ("manual_seed=" + "9" * 5000, "manual_seed: .*found '999"),
        ("train.niter=" + "[" * 3000, "train.niter: not valid YAML"),
        ("train={niter: 3, niter: 4}", "the key niter stands twice"),
        ("train.lr=fast", "train.lr: input should be a valid number.*found 'fast'"),
        ("train.niter=0", "train.niter: .*greater than or equal to 1, found 0"),
        ("branches.0.type=EDSR", "branches.0: .*EDSR"),
        ("network=branch2", "expected ClassSR or one of branch1"),
        ("network=ClassSR", "at least two branches"),
        ("datasets.train.dataroot_packed=null", "either dataroot_GT and dataroot_LQ"),
        ("train.scheduler.restarts=[3]", "one entry less than T_period"),
        ("branches.5.d=3", "there is no place branches.5.d"),
        ("train.lr", "expected key.sub=value"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, override: str, message: str) -> None:
    path = write(tmp_path, MINIMAL)
    with pytest.raises(ClassSRError, match=message) as caught:
        load(path, override)
    assert "\n" not in str(caught.value)
    assert "options.yml" in str(caught.value) or override.split("=")[0] in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_missing_key_and_a_missing_file_are_named(tmp_path: Path) -> None:
    content = yaml.safe_load(MINIMAL)
    del content["train"]["niter"]
    with pytest.raises(ClassSRError, match=r"options.yml: train.niter: is missing"):
        load(write(tmp_path, yaml.safe_dump(content)))
    with pytest.raises(ClassSRError, match=r"none.yml: cannot read"):
        load(tmp_path / "none.yml")
    with pytest.raises(ClassSRError, match="not valid YAML"):
        load(write(tmp_path, "name: [unclosed"))
    with pytest.raises(ClassSRError, match="expected a mapping"):
        load(write(tmp_path, "- a list"))


def test_numbers_are_decimal(tmp_path: Path) -> None:
    options = load(write(tmp_path, MINIMAL + "val: {tile: 040, stride: 028}"))
    assert (options.val.tile, options.val.stride) == (40, 28)


BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 40))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (MINIMAL + "name: again\n", "the key name stands twice"),
        (BOMB, "at most 100,000 values, aliases written out"),
        ("name: &a [*a]", "at most 100,000 values"),
        ("name: " + "[" * 3000, "not valid YAML"),
        ("_base_: 5", "_base_: expected a file or a list of files, found 5"),
        ("_base_: [5]", r"_base_: expected a file or a list of files, found \[5\]"),
        ("_base_: {a: b}", "_base_: expected a file or a list of files"),
        ('_base_: "\\0"', "_base_: expected a file or a list of files"),
        ("_base_: .", "is no file; expected an option file"),
        ("_base_: /dev/zero", "is no file; expected an option file"),
        ("? [a]\n: b", "not valid YAML"),
        ("name: !!python/object:os.system x", "not valid YAML"),
        ("name: " + "x" * 1_000_001, "is over 1,000,000 bytes"),
        (MINIMAL + "branch: [" + "x, " * 9999 + "x]", "branch: unknown key"),
        ("1: x", "branches, network, train|unknown key|is missing"),
    ],
)
def test_hostile_files_are_one_short_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ClassSRError, match=message) as caught:
        load(write(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_file_of_the_other_kind_says_so() -> None:
    training = OPTIONS / "train_FSRCNN_O.yml"
    with pytest.raises(ClassSRError, match=r"is the option file of a training.*test -n FSRCNN_O"):
        load(training, kind=TestOptions)
    with pytest.raises(ClassSRError, match=r"is the option file of a test.*classsr test -opt"):
        load(OPTIONS / "test.yml")


def test_two_data_sets_of_one_name_are_refused() -> None:
    pair = "{name: x, dataroot_GT: a, dataroot_LQ: b}"
    with pytest.raises(ClassSRError, match="two data sets have one name: x, x"):
        load(OPTIONS / "test.yml", f"datasets=[{pair}, {pair}]", kind=TestOptions)


def test_the_page_of_all_options_is_what_the_command_prints() -> None:
    page = (OPTIONS.parent / "docs" / "options.md").read_text()
    assert page == "\n".join(reference()) + "\n"


def test_a_period_that_is_left_out_is_the_length_of_the_training(tmp_path: Path) -> None:
    text = MINIMAL.replace(", T_period: [5]", "")
    for niter in (5, 80):
        options = load_options(
            write(tmp_path, text), overrides=[f"train.niter={niter}"], kind=TrainOptions
        )
        rate = build_schedule(options)
        assert rate(niter) == pytest.approx(options.train.scheduler.eta_min)
        assert rate(niter // 2) > 1e-4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("train.l1w=3", "train.l1w: is called pixel_loss_weight now"),
        ("train.judge_once=true", "train.judge_once: is called precompute_branch_errors now"),
        ("train.guard.spike=3", "train.guard: is called divergence now"),
        ("val.tile_batch=3", "val.tile_batch: is called tile_batch_size now"),
        ("path.pretrain_wide=x", "path.pretrain_wide: is called prune_from now"),
    ],
)
def test_renamed_options_tell_the_new_name(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ClassSRError, match=new):
        load(write(tmp_path, MINIMAL), old)


def test_a_budget_is_read_with_the_options() -> None:
    with pytest.raises(ClassSRError, match=r"budget: budget 'half': expected a share as in 50%"):
        load(OPTIONS / "test.yml", "budget=half", kind=TestOptions)
