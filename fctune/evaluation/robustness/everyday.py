"""Tools of everyday life, in English and Chinese: distractors for sets with few tools of their own.

Input: nothing. Output: a ToolCatalog for each language.
"""

from __future__ import annotations

from fctune.tools.spec import ToolCatalog, ToolSpec

# name, description, parameters with their descriptions; all of them text and required.
_TOOLS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("set_alarm_clock", "Set an alarm for a time of day.", {"time": "time as HH:MM"}),
    ("play_song", "Play a song by title.", {"title": "title of the song"}),
    ("translate_sentence", "Translate a sentence.", {"text": "sentence", "target": "language"}),
    ("get_air_quality", "Tell the air quality of a place.", {"place": "town or district"}),
    ("find_recipe", "Find a recipe by its main ingredient.", {"ingredient": "main ingredient"}),
    ("dim_bedroom_lamp", "Dim the lamp in a room.", {"room": "room", "level": "0 to 100"}),
    ("book_tennis_court", "Book a tennis court.", {"day": "date", "hour": "hour of the day"}),
    ("read_horoscope", "Read the horoscope of a star sign.", {"sign": "star sign"}),
    ("count_calories", "Count the calories of a meal.", {"meal": "what was eaten"}),
    ("convert_unit", "Convert a length or weight.", {"value": "number and unit", "to": "unit"}),
    ("find_museum", "Find museums of a town.", {"town": "name of the town"}),
    ("water_garden", "Water the garden for some minutes.", {"minutes": "how long"}),
    ("设置闹钟", "设置一个闹钟。", {"时间": "几点几分"}),
    ("播放歌曲", "按歌名播放一首歌。", {"歌名": "歌曲的名字"}),
    ("翻译句子", "把一句话翻译成另一种语言。", {"原文": "要翻译的话", "语言": "目标语言"}),
    ("查询空气质量", "查询一个地方的空气质量。", {"地点": "城市或区"}),
    ("推荐菜谱", "按主要食材推荐菜谱。", {"食材": "主要食材"}),
    ("预订网球场", "预订一块网球场地。", {"日期": "哪一天", "钟点": "几点开始"}),
    ("换算单位", "换算长度或重量的单位。", {"数值": "数值和单位", "单位": "换算成的单位"}),
    ("浇花园", "给花园浇水若干分钟。", {"分钟": "浇多久"}),
)  # fmt: skip


def _spec(name: str, description: str, parameters: dict[str, str]) -> ToolSpec:
    properties = {key: {"type": "string", "description": told} for key, told in parameters.items()}
    schema = {"type": "object", "properties": properties, "required": list(parameters)}
    return ToolSpec(name, description, schema)


ENGLISH = ToolCatalog(tuple(_spec(*tool) for tool in _TOOLS if tool[0].isascii()))
CHINESE = ToolCatalog(tuple(_spec(*tool) for tool in _TOOLS if not tool[0].isascii()))
