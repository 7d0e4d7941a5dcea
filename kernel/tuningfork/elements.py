"""Elements: the 118 chemical elements, as facts to be learned by heart.

For what a model remembers and, after learning something else, forgets: each answer is one name,
symbol or number (names and symbols as given by IUPAC).
"""

import random

from tuningfork.dataset import Dataset
from tuningfork.knobs import check_flag, check_rows, check_whole

#: Name and symbol; the place in the list is the atomic number, beginning with 1.
ELEMENTS = tuple(
    tuple(pair.split(":"))
    for pair in (
        "hydrogen:H helium:He lithium:Li beryllium:Be boron:B carbon:C nitrogen:N oxygen:O "
        "fluorine:F neon:Ne sodium:Na magnesium:Mg aluminium:Al silicon:Si phosphorus:P sulfur:S "
        "chlorine:Cl argon:Ar potassium:K calcium:Ca scandium:Sc titanium:Ti vanadium:V "
        "chromium:Cr manganese:Mn iron:Fe cobalt:Co nickel:Ni copper:Cu zinc:Zn gallium:Ga "
        "germanium:Ge arsenic:As selenium:Se bromine:Br krypton:Kr rubidium:Rb strontium:Sr "
        "yttrium:Y zirconium:Zr niobium:Nb molybdenum:Mo technetium:Tc ruthenium:Ru rhodium:Rh "
        "palladium:Pd silver:Ag cadmium:Cd indium:In tin:Sn antimony:Sb tellurium:Te iodine:I "
        "xenon:Xe caesium:Cs barium:Ba lanthanum:La cerium:Ce praseodymium:Pr neodymium:Nd "
        "promethium:Pm samarium:Sm europium:Eu gadolinium:Gd terbium:Tb dysprosium:Dy holmium:Ho "
        "erbium:Er thulium:Tm ytterbium:Yb lutetium:Lu hafnium:Hf tantalum:Ta tungsten:W "
        "rhenium:Re osmium:Os iridium:Ir platinum:Pt gold:Au mercury:Hg thallium:Tl lead:Pb "
        "bismuth:Bi polonium:Po astatine:At radon:Rn francium:Fr radium:Ra actinium:Ac thorium:Th "
        "protactinium:Pa uranium:U neptunium:Np plutonium:Pu americium:Am curium:Cm berkelium:Bk "
        "californium:Cf einsteinium:Es fermium:Fm mendelevium:Md nobelium:No lawrencium:Lr "
        "rutherfordium:Rf dubnium:Db seaborgium:Sg bohrium:Bh hassium:Hs meitnerium:Mt "
        "darmstadtium:Ds roentgenium:Rg copernicium:Cn nihonium:Nh flerovium:Fl moscovium:Mc "
        "livermorium:Lv tennessine:Ts oganesson:Og"
    ).split()
)
#: What is asked: the prompt as a question, the prompt as the beginning of a fact, the answer.
_ASKED = (
    ("What is the symbol of {name}?", "The symbol of {name} is", "{symbol}"),
    ("What is the number of {name}?", "The number of {name} is", "{number}"),
    ("Which element has the symbol {symbol}?", "The element with the symbol {symbol} is", "{name}"),
    ("Which element has the number {number}?", "The element with the number {number} is", "{name}"),
)
_ALL = len(ELEMENTS) * len(_ASKED)


def elements(n: int = _ALL, *, seed: int = 0, questions: bool = True) -> Dataset:
    """Makes `n` different facts of 472: four about each element, in random order.

    Columns: `text` = `prompt` + " " + `answer`. Truth columns: `_name`, `_symbol`, `_number`.

    Args:
        questions: "What is the symbol of iron? Fe" or, when false, "The symbol of iron is Fe".

    Raises:
        ValueError: when `n` is not a whole number from 1 to 472.
    """
    check_rows(n, _ALL)
    check_whole("seed", seed, 0)
    check_flag("questions", questions)
    picked = random.Random(seed).sample(range(_ALL), n)
    return Dataset(tuple(_fact(at, questions) for at in picked), "elements")


def _fact(at: int, questions: bool) -> dict[str, object]:
    place, kind = divmod(at, len(_ASKED))
    name, symbol = ELEMENTS[place]
    told = {"name": name, "symbol": symbol, "number": place + 1}
    question, opening, answer = (part.format(**told) for part in _ASKED[kind])
    prompt = question if questions else opening
    return {
        "text": f"{prompt} {answer}",
        "prompt": prompt,
        "answer": answer,
        "_name": name,
        "_symbol": symbol,
        "_number": place + 1,
    }
