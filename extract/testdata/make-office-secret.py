"""Saves sheet.fods with the password "secret", through
LibreOffice's own interface (Debian: python3-uno). Started by make-office.sh."""

import subprocess, sys, time
import uno
from com.sun.star.beans import NamedValue, PropertyValue

profile, folder = sys.argv[1], sys.argv[2]
office = subprocess.Popen(["soffice", "-env:UserInstallation=file://" + profile, "--headless", "--norestore",
                           "--accept=pipe,name=sealpostoffice;urp;"])


def prop(name, value):
    return PropertyValue(Name=name, Value=value)


local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(120):
    try:
        context = resolver.resolve("uno:pipe,name=sealpostoffice;urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(1)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
for source, target, kind in [("sheet.fods", "secret.xlsx", "Calc MS Excel 2007 XML"), ("sheet.fods", "secret.ods", "calc8"),
                             ("sheet.fods", "secret.xls", "MS Excel 97")]:
    document = desktop.loadComponentFromURL("file://%s/%s" % (folder, source), "_blank", 0, (prop("Hidden", True),))
    lock = prop("Password", "secret")
    if target.endswith("x"):
        lock = prop("EncryptionData", uno.Any("[]com.sun.star.beans.NamedValue", (
            NamedValue("OOXPassword", "secret"), NamedValue("CryptoType", "StrongEncryptionDataSpace"))))
    document.storeToURL("file://%s/%s" % (folder, target), (prop("FilterName", kind), lock))
    document.close(True)
try:
    desktop.terminate()
except Exception:
    pass
office.wait()
