#!/usr/bin/env python3
"""Messages of pylint as test results: pylint_results.py JSON TEXT XML.

Each message is a failed test PATH::OBJECT: SYMBOL of the JUnit XML, whatever its line; the text, for people, has the
lines. Standard library only; Python 3.6 is enough.
"""

import json
import sys
import xml.etree.ElementTree as ElementTree


def main():
    source, text, target = sys.argv[1:]
    with open(source, encoding="utf-8") as stream:
        messages = json.load(stream)
    lines = ["%(path)s:%(line)s:%(column)s: %(message-id)s: %(message)s (%(symbol)s)" % message for message in messages]
    with open(text, "w", encoding="utf-8") as stream:
        stream.writelines("%s\n" % line for line in lines)
    print("\n".join(lines))
    suite = ElementTree.Element("testsuite", name="pylint", tests=str(len(messages) or 1), failures=str(len(messages)))
    for message, line in zip(messages, lines):
        name = "%s: %s" % (message["obj"] or "module", message["symbol"])
        case = ElementTree.SubElement(suite, "testcase", classname=message["path"], name=name)
        ElementTree.SubElement(case, "failure", message=line.splitlines()[0])
    if not messages:
        ElementTree.SubElement(suite, "testcase", classname="pylint", name="no message")
    ElementTree.ElementTree(suite).write(target, encoding="utf-8", xml_declaration=True)


if __name__ == "__main__":
    main()
