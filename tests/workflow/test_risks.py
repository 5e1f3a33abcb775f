"""Steps that use sudo or remove absolute paths are found by reading them."""

import pytest

from ci.workflow.risks import risks


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sudo apt-get install -y jq", ["uses sudo"]),
        ("make && sudo -E make install", ["uses sudo"]),
        ("if ! sudo true; then exit 1; fi", ["uses sudo"]),
        ("DEBIAN_FRONTEND=noninteractive sudo apt-get update", ["uses sudo"]),
        ("x=$(sudo cat /etc/shadow)", ["uses sudo"]),
        ('if [ $EUID = 0 ]; then SUDO=""; else export SUDO="sudo"; fi', ["uses sudo"]),
        ("sudo rm -rf /usr/local/go", ["uses sudo", "runs rm -rf /usr/local/go"]),
        ("sudo -n rm -fr /opt/a ./b", ["uses sudo", "runs rm -fr /opt/a"]),
        ("sudo -u root rm -rf /srv", ["uses sudo", "runs rm -rf /srv"]),
        ("cd x\nrm -r -f \\\n  '/var/lib/x'", ["runs rm -r -f '/var/lib/x'"]),
        ("/bin/rm --recursive /", ["runs rm --recursive /"]),
        ("echo a | xargs rm -rf /data", ["runs rm -rf /data"]),
        ("sudo", ["uses sudo"]),
        ("rm -rf build dist", []),
        ("rm -f /tmp/x", []),
        ("# sudo rm -rf /\necho done # with sudo", []),
        ("command -v sudo", []),
        ("echo please use sudo", []),
        ("grep -r sudo /etc", []),
        ("./pseudo x", []),
        ("", []),
    ],
)
def test_what_a_steps_text_does_beyond_its_own_folder(command, expected):
    assert list(risks(command)) == expected
