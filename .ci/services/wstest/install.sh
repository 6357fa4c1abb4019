#!/usr/bin/env bash
# Autobahn|Testsuite's wstest in a folder of its own; the system is not touched. Whole or not at all.
#
#   install.sh DIR     then DIR/wstest SPEC.json runs the fuzzing client
#
# wstest needs Python 2.7, which Debian has until bullseye: its packages are unpacked, not installed.
set -euo pipefail

dir=$(realpath -m "$1")
[ ! -x "$dir/wstest" ] || exit 0
part=$dir.part
rm -rf "$part"
mkdir -p "$part"/{debs,wheels,apt/state/lists/partial,apt/cache/archives/partial}
cd "$part"

mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -v snapshot | head -n 1 | tr -d ' ' || true)
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} bullseye main" >apt/sources.list
apt=(-qq -o "Dir::State=$part/apt/state" -o "Dir::Cache=$part/apt/cache" -o "Dir::Etc::sourcelist=$part/apt/sources.list" -o "Dir::Etc::sourceparts=/dev/null" -o "Dir::Etc::preferencesparts=/dev/null" -o "APT::Sandbox::User=")
apt-get "${apt[@]}" update
(cd debs && apt-get "${apt[@]}" download python2.7 python2.7-minimal libpython2.7-minimal libpython2.7-stdlib libssl1.1 libffi7 && for deb in *.deb; do dpkg -x "$deb" ../root; done)
libraries=$(cd "$part" && echo root/usr/lib/*-linux-gnu)

cat >python <<'SCRIPT'
#!/usr/bin/env bash
here=$(dirname "$(realpath "$0")")
export LD_LIBRARY_PATH=$here/LIBRARIES PYTHONHOME=$here/root/usr PYTHONPATH=$here/site
exec "$here/root/usr/bin/python2.7" -W ignore "$@"
SCRIPT
sed -i "s|LIBRARIES|$libraries|" python
chmod +x python

# The last pip for Python 2.7 has itself and the rest installed.
python3 -m pip download -q --disable-pip-version-check --no-deps -d wheels pip==20.3.4
pip=(./python wheels/pip-20.3.4-py2.py3-none-any.whl/pip install -q --no-deps --target site)
"${pip[@]}" setuptools==44.0.0 wheel==0.37.1
"${pip[@]}" --only-binary :all: zope.interface==4.6.0 Twisted==20.3.0 markupsafe==1.1.1 pyOpenSSL==19.1.0 cryptography==3.3.2 cffi==1.15.1 \
  pycparser==2.21 enum34==1.1.10 ipaddress==1.0.23 service_identity==18.1.0 pyasn1==0.5.1 pyasn1_modules==0.3.0
"${pip[@]}" --no-build-isolation autobahn==0.10.9 txaio==2.1.0 six==1.16.0 incremental==16.10.1 constantly==15.1.0 hyperlink==21.0.0 \
  Automat==20.2.0 attrs==21.4.0 idna==2.10 typing==3.10.0.0 PyHamcrest==1.9.0 jinja2==2.11.3 Werkzeug==1.0.1 klein==17.10.0 \
  unittest2==1.1.0 traceback2==1.4.0 linecache2==1.0.0 argparse==1.4.0 autobahntestsuite==25.10.1
[ -f site/zope/__init__.py ] || echo "__import__('pkg_resources').declare_namespace(__name__)" >site/zope/__init__.py

cat >wstest <<'SCRIPT'
#!/usr/bin/env bash
exec "$(dirname "$(realpath "$0")")/python" -c 'import sys
sys.argv = ["wstest", "-m", "fuzzingclient", "-s", sys.argv[1]]
from autobahntestsuite.wstest import run
run()' "$1"
SCRIPT
chmod +x wstest
./python -c 'from autobahntestsuite import wstest'
rm -rf debs wheels apt
rm -rf "$dir"
mv "$part" "$dir"
