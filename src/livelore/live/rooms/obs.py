"""An OBS profile, ready to be imported: a folder with OBS's own two files, in a zip.

OBS imports a folder (Profile, Import) that holds ``basic.ini``; it takes ``service.json`` with it.
"""

import io
import json
import zipfile
from dataclasses import dataclass

PROFILE = {
    "General": {"Name": ""},
    "Output": {"Mode": "Simple"},
    "Stream1": {"IgnoreRecommended": "false"},
    "SimpleOutput": {
        "VBitrate": "2500",
        "ABitrate": "128",
        "StreamEncoder": "x264",
        "Preset": "veryfast",
        "UseAdvanced": "true",
        "x264Settings": "keyint=60 min-keyint=60 scenecut=0 bframes=0",
    },
    "Video": {
        "BaseCX": "1280",
        "BaseCY": "720",
        "OutputCX": "1280",
        "OutputCY": "720",
        "FPSType": "0",
        "FPSCommon": "30",
    },
    "Audio": {"SampleRate": "48000", "ChannelSetup": "Stereo"},
}
"""720p30, 2.5 Mbit/s, a key frame every 2 s, no B-frames: what the players here like best."""
HOW_TO = """\
1. 解压这个文件。Unpack this file.
2. 在 OBS 里：配置文件 → 导入，选文件夹 {name}。In OBS: Profile, Import, choose the folder {name}.
3. {key}
4. 点“开始推流”。Press Start Streaming.
"""
WITH_KEY = "推流码已在里面，别把文件给别人。The stream key is inside: give this file to nobody."
WITHOUT_KEY = "在 设置 → 直播 里粘贴推流码。Paste the stream key under Settings, Stream."


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where to publish: the server, and the key if it is known."""

    server: str
    stream_key: str = ""


def profile_zip(room_id: str, ingest: Ingest) -> bytes:
    """The zip that a host unpacks and imports.

    Args:
        room_id: Gives the profile its name.
        ingest: Without a key the file says that it must be pasted.
    """
    name = f"Livelore-{room_id[-6:]}"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/basic.ini", _ini(name))
        archive.writestr(f"{name}/service.json", _service(ingest))
        key = WITH_KEY if ingest.stream_key else WITHOUT_KEY
        archive.writestr("README.txt", HOW_TO.format(name=name, key=key))
    return made.getvalue()


def _ini(name: str) -> str:
    sections = PROFILE | {"General": {"Name": name}}
    blocks = [
        "\n".join([f"[{section}]", *(f"{key}={value}" for key, value in values.items())])
        for section, values in sections.items()
    ]
    return "\n\n".join(blocks) + "\n"


def _service(ingest: Ingest) -> str:
    settings = {
        "server": ingest.server,
        "key": ingest.stream_key,
        "use_auth": False,
        "bwtest": False,
    }
    return json.dumps({"type": "rtmp_custom", "settings": settings}, indent=2) + "\n"
