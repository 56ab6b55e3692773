"""Language tags and the European Union's authority table of languages.

Records name the language they were written in by a concept of that table (`…/language/ITA`),
texts carry BCP 47 tags (`it`). Two-letter codes are translated by the table below; a tag of
three letters is already the code of the authority table.
"""

import re
from typing import Final

from vocab.errors import BadTerm
from vocab.terms import EU_LANGUAGE

_PAIRS: Final = """
aa:aar ab:abk af:afr am:amh an:arg ar:ara as:asm ay:aym az:aze ba:bak be:bel bg:bul bn:ben bo:bod
br:bre bs:bos ca:cat ce:che co:cos cs:ces cu:chu cv:chv cy:cym da:dan de:deu dz:dzo el:ell en:eng
eo:epo es:spa et:est eu:eus fa:fas fi:fin fj:fij fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn
gu:guj gv:glv ha:hau he:heb hi:hin hr:hrv ht:hat hu:hun hy:hye ia:ina id:ind ie:ile ig:ibo is:isl
it:ita iu:iku ja:jpn jv:jav ka:kat kg:kon kk:kaz kl:kal km:khm kn:kan ko:kor ks:kas ku:kur kv:kom
kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lv:lav mg:mlg mi:mri mk:mkd ml:mal
mn:mon mr:mar ms:msa mt:mlt my:mya nb:nob ne:nep nl:nld nn:nno no:nor oc:oci om:orm or:ori os:oss
pa:pan pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus rw:kin sa:san sc:srd sd:snd se:sme
si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam
te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat ug:uig uk:ukr ur:urd
uz:uzb ve:ven vi:vie wa:wln wo:wol xh:xho yi:yid yo:yor zh:zho zu:zul
"""
_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*")
_CODES: Final = dict(pair.split(":") for pair in _PAIRS.split())
_TAGS: Final = {code: tag for tag, code in _CODES.items()}


def primary(tag: str) -> str:
    """Reduce a tag to its language, lower case and as short as it goes: `pt-BR` → `pt`."""
    language = tag.strip().lower().split("-", 1)[0]
    return _TAGS.get(language, language)


def normal(tag: str) -> str:
    """Write a tag as records have it, for case says nothing in it: `pt-BR` and `pt_BR` → `pt-br`.

    Raises BadTerm for what is no tag of a language.
    """
    found = tag.strip().lower().replace("_", "-")
    if not _TAG.fullmatch(found):
        raise BadTerm(f"not the tag of a language: {tag[:40]!r}")
    authority(found)
    language, dash, rest = found.partition("-")
    return primary(language) + dash + rest


def authority(tag: str) -> str:
    """Name a language by its IRI in the authority table; raises BadTerm for an unknown tag."""
    language = primary(tag)
    code = _CODES.get(language, language)
    if not (len(code) == 3 and code.isascii() and code.isalpha()):
        raise BadTerm(f"not a language: {tag[:40]!r}")
    return EU_LANGUAGE + code.upper()


def tag_of(iri: str) -> str | None:
    """Give the tag of a language of the authority table; None for any other IRI."""
    code = iri.removeprefix(EU_LANGUAGE).lower()
    if iri == code or len(code) != 3 or not (code.isascii() and code.isalpha()):
        return None
    return _TAGS.get(code, code)
