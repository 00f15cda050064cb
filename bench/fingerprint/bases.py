"""Trains the bases of the fingerprint bench from text that a machine has. A finished base is not trained twice."""

import argparse
import glob
import gzip
import json
import os
import random
import re
import sys
import time
from collections import Counter

try:
    import torch
except ImportError:
    sys.exit('This bench needs torch: apt-get install python3-torch, then run it with /usr/bin/python3.')

from torch.nn import functional

from files import save_model
from model import Decoder, Shape

SMALL = Shape(96, 4, 256, 768, 4, 4, True)
GROUPED = Shape(128, 4, 320, 1024, 4, 2, False)
DEEP = Shape(96, 6, 256, 768, 4, 2, True)

# Two bases a line: same text and shape, another seed.
PAIRS = (
    ('manual', SMALL),
    ('python', SMALL),
    ('javascript', SMALL),
    ('manual', GROUPED),
    ('python', GROUPED),
    ('perl', DEEP),
    ('javascript', DEEP),
)

# Bases with the initial weights of another and other text: that base, and the text.
TWINS = (('b0a', 'python'), ('b3a', 'javascript'))

CORPORA = {
    'manual': ('/usr/share/man/man[1-8]/*.gz',),
    'python': ('/usr/lib/python3*/*.py', '/usr/lib/python3/dist-packages/*/*.py'),
    'perl': ('/usr/share/perl/**/*.p[ml]', '/usr/share/perl5/**/*.p[ml]'),
    'javascript': ('node_modules/*/*.js', 'node_modules/*/lib/*.js', 'node_modules/*/dist/*.js'),
}

LENGTH = 64
BATCH = 12


def text(corpus, limit):
    parts, size = [], 0
    for path in sorted(p for pattern in CORPORA[corpus] for p in glob.glob(pattern, recursive=True) if os.path.isfile(p)):
        with (gzip.open if path.endswith('.gz') else open)(path, 'rb') as file:
            part = file.read(32768).decode('utf-8', 'replace')
        parts.append(part)
        size += len(part)
        if size >= limit:
            return ''.join(parts)[:limit]
    if size < limit // 8:
        sys.exit(f'Found {size} characters of "{corpus}" in {CORPORA[corpus]}: install more of it, or lower --characters.')
    return ''.join(parts)


def pieces(content):
    return re.findall(r' ?[A-Za-z]+|[^A-Za-z]', content)


def vocabulary(content, size):
    """Single characters first, so that every text has tokens; then the commonest words."""
    characters = [c for c, _ in Counter(content).most_common(size // 4)]
    known = set(characters)
    words = [w for w, _ in Counter(pieces(content)).most_common(size * 2) if w not in known]
    return (['<unknown>'] + characters + words)[:size]


def encode(content, tokens):
    index = {token: i for i, token in enumerate(tokens)}
    ids = []
    for piece in pieces(content):
        if piece in index:
            ids.append(index[piece])
        else:
            ids.extend(index.get(character, 0) for character in piece)
    return torch.tensor(ids)


def entropy(logits, block):
    return functional.cross_entropy(logits.flatten(0, 1), block[:, 1:].flatten())


def train(model, ids, steps, seed, rate=3e-3, loss_of=entropy):
    """Returns the mean loss of the last 20 steps."""
    chooser = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, foreach=True)
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group['lr'] = rate * min(1, (step + 1) / 20) * (1 - 0.9 * step / steps)
        starts = torch.randint(len(ids) - LENGTH - 1, (BATCH,), generator=chooser)
        block = torch.stack([ids[s : s + LENGTH + 1] for s in starts])
        loss = loss_of(model(block[:, :-1]), block)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return sum(losses[-20:]) / len(losses[-20:])


def make(name, corpus, shape, seed, options):
    folder = os.path.join(options.work, name)
    if os.path.exists(folder):
        return {'base': name, 'made': False}
    start = time.time()
    content = text(corpus, options.characters)
    tokens = vocabulary(content, shape.vocabulary)
    torch.manual_seed(seed)
    model = Decoder(shape)
    loss = train(model, encode(content, tokens), options.steps, seed)
    save_model(folder, shape, tokens, model.state_dict())
    return {'base': name, 'made': True, 'seed': seed, 'loss': round(loss, 3), 'seconds': round(time.time() - start, 1)}


def base_names(pairs):
    return [f'b{pair}{sibling}' for pair in range(pairs) for sibling in 'ab']


def plan(seed, pairs):
    """Name, text, shape and seed of each base, twins at the end."""
    bases = {
        name: (*PAIRS[index // 2], seed + index) for index, name in enumerate(base_names(pairs))
    }
    twins = {'t' + base[1:]: (corpus, *bases[base][1:]) for base, corpus in TWINS if base in bases}
    return {**bases, **twins}


def seed_of(options):
    """A work folder keeps the seed that its first run had, so that a run that goes on mixes no two."""
    path = os.path.join(options.work, 'seed.json')
    if os.path.exists(path):
        with open(path) as file:
            kept = json.load(file)
        if options.seed not in (None, kept):
            sys.exit(f'{options.work} holds models of seed {kept}, not {options.seed}: use another --work.')
        return kept
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**31)
    with open(path, 'w') as file:
        json.dump(seed, file)
    return seed


def part_of(items, part):
    """The share of one of several processes, such as "0/2"."""
    number, count = map(int, part.split('/'))
    return list(items)[number::count]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', default='bench/.work', help='folder of the models; a finished one is kept')
    parser.add_argument('--seed', type=int, help='seed of the run; drawn and printed when it is left out')
    parser.add_argument('--steps', type=int, default=300, help='steps of training for each base')
    parser.add_argument('--characters', type=int, default=1_500_000, help='characters of text for each corpus')
    parser.add_argument('--pairs', type=int, default=len(PAIRS), help='pairs of bases to train, for a smaller run')
    parser.add_argument('--part', default='0/1', help='the share of this process, such as 0/2 and 1/2 for two')
    options = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(options.work, exist_ok=True)
    seed = seed_of(options)
    print(json.dumps({'seed': seed}), flush=True)
    for name, recipe in part_of(plan(seed, options.pairs).items(), options.part):
        print(json.dumps(make(name, *recipe, options)), flush=True)


if __name__ == '__main__':
    main()
