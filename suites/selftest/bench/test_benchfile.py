"""Every key of a bench file is checked; what is said names the file, the key and what to do."""

import stat

import pytest

from rig.bench import read_bench_file
from rig.errors import UsageError
from rig.pki import Authority
from rig.requirements import fixtures_folder

DEVICE = '[device]\nurl = "http://192.0.2.7"\n'


@pytest.fixture
def read(tmp_path):
    def write_and_read(text):
        path = tmp_path / "my-bench.toml"
        path.write_text(text, encoding="utf-8")
        return read_bench_file(path)

    return write_and_read


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("[device\n", "no TOML", "quotes"),
        ("[devise]\n", "[devise]", "sections are device, can"),
        ("device = 1\n", "device", "[device]"),
        ("[can]\n", "[device] url", "http://192.168.0.146"),
        ('[device]\nurl = "wican.local"\n', "[device] url", "mdns:wican_"),
        ('[device]\nurl = "http://192.0.2.7/index.html"\n', "[device] url", "http://192.168.0.146"),
        ('[device]\nurl = "http://192.0.2.7:99999"\n', "[device] url", "http://192.168.0.146"),
        ('[device]\nurl = "mdns:my device"\n', "[device] url", "mdns:wican_<device id>"),
        ("[device]\nurl = 7\n", "[device] url", "text in quotes"),
        (DEVICE + 'tokn = "x"\n', "[device] tokn", "keys are kind"),
        (DEVICE + 'kind = "virtual"\n', "[device] kind", "physical or emulated"),
        (DEVICE + 'prepare = "yes"\n', "[device] prepare", "true or false"),
        (DEVICE + 'profile = "9.99p"\n', "[device] profile", "profiles are 4.40p"),
        (DEVICE + 'serial = "sockt://x:1"\n', "[device] serial", "/dev/ttyACM0"),
        (DEVICE + 'serial = "/dev/ttyACM0"\nserial_command = ["true"]\n', "[device]", "both serial and serial_command"),
        (DEVICE + 'serial_command = ["no-such-program"]\n', "[device] serial_command", "no-such-program"),
        (DEVICE + '[can]\ninterface = "socketcn"\n', "[can] interface", "perhaps socketcan"),
        (DEVICE + '[can]\ninterface = "socketcan"\nbitrate = "500k"\n', "[can] bitrate", "500000"),
        (DEVICE + "[can]\nconfig_context = 3\n", "[can] config_context", "python-can's own configuration"),
        (DEVICE + '[can]\ninterface = "rigbus"\n', "[can] channel", "127.0.0.1:29111"),
        (DEVICE + '[can]\ninterface = "rigbus"\nchannel = "h:1"\nslcan_listen = "1"\n', "[can] slcan_listen", "host:port"),
        (DEVICE + '[can]\ninterface = "socketcan"\nslcan_listen = "h:1"\n', "[can] slcan_listen", 'interface = "rigbus" only'),
        (DEVICE + '[receiver]\nlisten = "eth0"\n', "[receiver] listen", "0.0.0.0"),
        (DEVICE + '[receiver]\naddress = "rig.local"\n', "[receiver] address", "belong into names"),
        (DEVICE + '[receiver]\naddress = "0.0.0.0"\n', "[receiver] address", "stands for all"),
        (DEVICE + '[receiver]\nnames = ["my_rig.local"]\n', "[receiver] names", "underscore"),
        (DEVICE + '[receiver]\nnames = ["192.0.2.1"]\n', "[receiver] names", "belongs into address"),
        (DEVICE + '[receiver]\nnames = "rig.local"\n', "[receiver] names", '["a", "b"]'),
        (DEVICE + '[receiver]\nports = "20000"\n', "[receiver] ports", "20000-20063"),
        (DEVICE + '[receiver]\nports = "20000-20003"\n', "[receiver] ports", "at least 10"),
        (DEVICE + '[power]\noff = ["true"]\n', "[power]", "both off and on"),
        (DEVICE + '[power]\noff = "true"\non = "true"\n', "[power] off", '["a", "b"]'),
        (DEVICE + '[wifi]\noff = ["no-such-program"]\non = ["true"]\n', "[wifi] off", "cannot be run"),
        (DEVICE + '[trust]\ndefault_ca = "ca.pem"\n', "[trust] default_ca", "paths count from the bench file"),
        (DEVICE + "[allowance]\nboot_s = 0\n", "[allowance] boot_s", "above 0"),
        (DEVICE + "[allowance]\nboots = 3\n", "[allowance]", "waiting times are boot_s"),
        (DEVICE + "[allowance]\nmedian_ms = 1\n", "[allowance]", "only widen"),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_remedy(read, tmp_path, text, key, remedy):
    with pytest.raises(UsageError) as raised:
        read(text)
    said = str(raised.value)
    assert said.startswith(f"{tmp_path / 'my-bench.toml'}: ")
    assert key in said
    assert remedy in said


def test_a_file_that_is_not_there_leads_to_the_examples(tmp_path):
    with pytest.raises(UsageError, match="fixtures/benches"):
        read_bench_file(tmp_path / "none.toml")


def test_a_key_that_belongs_to_another_certificate_is_noticed(read, tmp_path):
    (tmp_path / "ca.pem").write_bytes(Authority.root("one").certificate_pem)
    (tmp_path / "key.pem").write_bytes(Authority.root("other").key_pem)
    with pytest.raises(UsageError, match=r"\[trust\] cannot be used: .*does not belong"):
        read(DEVICE + '[trust]\ndefault_ca = "ca.pem"\ndefault_ca_key = "key.pem"\n')


def test_a_command_beside_the_file_is_hinted_at(read, tmp_path):
    script = tmp_path / "relay-switch"
    script.write_text("#!/bin/sh\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(UsageError, match="beside the bench file"):
        read(DEVICE + '[power]\noff = ["relay-switch"]\non = ["relay-switch"]\n')


def test_what_python_can_knows_goes_to_it_as_it_is(read):
    file = read(DEVICE + '[can]\ninterface = "pcan"\nchannel = "PCAN_USBBUS1"\nbitrate = 500000\nauto_reset = true\n')
    assert file.can == {"interface": "pcan", "channel": "PCAN_USBBUS1", "bitrate": 500000, "auto_reset": True}


def test_little_is_enough(read):
    file = read(DEVICE)
    assert (file.kind, file.listen, file.address, file.ports, file.prepare) == ("physical", "127.0.0.1", None, (), False)


@pytest.mark.parametrize("path", sorted((fixtures_folder() / "benches").glob("*.toml")), ids=lambda path: path.stem)
def test_the_examples_can_be_read(path):
    assert read_bench_file(path).url
