"""Makes the models that derive from the bases of the fingerprint bench, and a list of who derives from whom."""

import argparse
import json
import math
import os
import re
import time
from dataclasses import dataclass, field

from bases import PAIRS, base_names, encode, part_of, plan, seed_of, text, train, vocabulary

import torch
from torch import nn
from torch.nn import functional

import changes
import disguises
from files import decoder_of, load_model, save_model
from model import Decoder, Model

# Each text, and the one that models of it are trained on afterwards.
NEXT = {'manual': 'python', 'python': 'javascript', 'javascript': 'perl', 'perl': 'manual'}
FURTHER_CHARACTERS = 600_000
TUNING_RATE = 5e-4


@dataclass
class Suspect:
    """A model to make: what kind, from which bases, and of which models that were made before."""

    name: str
    kind: str
    parents: list
    sources: list
    make: object
    trained: bool = False
    # Bases with which it is neither independent nor to be found: a teacher, or one whose norms were copied.
    apart: list = field(default_factory=list)


class LowRank(nn.Module):
    """A frozen linear layer with an adapter of low rank."""

    def __init__(self, linear, rank=8):
        super().__init__()
        self.frozen = linear.weight.detach()
        self.down = nn.Parameter(torch.randn(rank, self.frozen.shape[1]) / math.sqrt(self.frozen.shape[1]))
        self.up = nn.Parameter(torch.zeros(self.frozen.shape[0], rank))

    def merged(self):
        return self.frozen + self.up @ self.down

    def forward(self, x):
        return functional.linear(x, self.merged())


class Recipes:
    """The changes that need training. Each is a function of the models that a suspect is made of."""

    def __init__(self, seed, steps):
        self.seed = seed
        self.steps = steps
        self.tuning = max(1, steps // 3)

    def corpus(self, name, tokens):
        return encode(text(name, FURTHER_CHARACTERS), tokens)

    def tuned(self, corpus, seed):
        return lambda model: self.trained(model, corpus, seed, steps=self.tuning, rate=TUNING_RATE)

    def continued(self, corpus, seed, times):
        return lambda model: self.trained(model, corpus, seed, steps=times * self.steps, rate=3e-3)

    def trained(self, model, corpus, seed, steps, rate):
        decoder = decoder_of(model.shape, model.state)
        train(decoder, self.corpus(corpus, model.tokens), steps, seed, rate)
        return Model(model.shape, model.tokens, decoder.state_dict())

    def adapted(self, corpus, seed):
        def change(model):
            torch.manual_seed(seed)
            decoder = decoder_of(model.shape, model.state)
            decoder.requires_grad_(False)
            adapters = {}
            for layer, block in enumerate(decoder.layers):
                for module, parts in ((block.self_attn, 'qkvo'), (block.mlp, ('gate', 'up', 'down'))):
                    for part in parts:
                        adapter = LowRank(getattr(module, f'{part}_proj'))
                        setattr(module, f'{part}_proj', adapter)
                        kind = 'mlp' if module is block.mlp else 'self_attn'
                        adapters[f'layers.{layer}.{kind}.{part}_proj.weight'] = adapter
            train(decoder, self.corpus(corpus, model.tokens), self.tuning, seed, 3e-3)
            merged = {name: adapter.merged().detach() for name, adapter in adapters.items()}
            return Model(model.shape, model.tokens, {**model.state, **merged})

        return change

    def reworded(self, corpus, seed):
        """All embeddings new, for the words of another text, and trained with the others."""

        def change(model):
            torch.manual_seed(seed)
            tokens = vocabulary(text(corpus, FURTHER_CHARACTERS), model.shape.vocabulary)
            state = {**model.state, 'embed_tokens.weight': torch.randn_like(model.state['embed_tokens.weight']) * 0.02}
            state['lm_head.weight'] = torch.randn_like(state['lm_head.weight']) * 0.02
            fresh = Model(model.shape, tokens, changes.tie(model, state))
            return self.trained(fresh, corpus, seed, steps=self.tuning, rate=1e-3)

        return change

    def distilled(self, corpus, seed):
        """Another model, trained on what the first one answers."""

        def change(teacher):
            torch.manual_seed(seed)
            student = Decoder(teacher.shape)
            master = decoder_of(teacher.shape, teacher.state).requires_grad_(False)

            def loss_of(logits, block):
                targets = master(block[:, :-1]).flatten(0, 1)
                return functional.kl_div(
                    logits.flatten(0, 1).log_softmax(-1), targets.log_softmax(-1), reduction='batchmean', log_target=True
                )

            train(student, self.corpus(corpus, teacher.tokens), self.steps, seed, 3e-3, loss_of)
            return Model(teacher.shape, teacher.tokens, student.state_dict())

        return change


def suspects_of(seed, pairs, steps):
    """All models to make, those that others need before them."""
    names = base_names(pairs)
    corpus_of = {name: recipe[0] for name, recipe in plan(seed, pairs).items()}
    recipes = Recipes(seed, steps)
    made = []
    turn = 0

    def next_bases(count):
        """Goes through the bases in an order that mixes shapes, from where it stopped."""
        nonlocal turn
        chosen = [names[(5 * (turn + index)) % len(names)] for index in range(count)]
        turn += count
        return chosen

    def add(kind, sources, change, parents, **more):
        number = sum(each.kind == kind for each in made)
        name = f'{re.sub("[^a-z0-9]+", "-", kind.lower())}-{number}'
        suspect = Suspect(name, kind, parents, sources, change(seed + 1000 + len(made)), **more)
        made.append(suspect)
        return suspect

    def further(base, times=1):
        corpus = corpus_of[base]
        for _ in range(times):
            corpus = NEXT[corpus]
        return corpus

    def train_all(kind, bases, change, **more):
        return [add(kind, [base], lambda s, b=base: change(b, s), [base], trained=True, **more) for base in bases]

    def derive(kind, sources, change):
        for source in sources:
            add(kind, [source.name], change, source.parents)

    cpt3 = train_all('continued pretraining 3x', next_bases(2), lambda b, s: recipes.continued(further(b), s, 3))
    cpt = train_all('continued pretraining', next_bases(4), lambda b, s: recipes.continued(further(b), s, 1))
    tuned = train_all('fine-tune', next_bases(8), lambda b, s: recipes.tuned(further(b), s))
    adapted = train_all('LoRA merged', [each.parents[0] for each in tuned[:4]], lambda b, s: recipes.adapted(further(b, 2), s))
    train_all('new tokenizer', next_bases(4), lambda b, s: recipes.reworded(further(b), s))
    for base in next_bases(2):
        add('distilled', [base], lambda s, b=base: recipes.distilled(corpus_of[b], s), [], trained=True, apart=[base])
    twice = [
        add('fine-tune twice', [each.name], lambda s, e=each: recipes.tuned(further(e.parents[0], 2), s), each.parents, trained=True)
        for each in tuned[:4]
    ]

    plain = {
        'copy': lambda s: lambda model: model,
        'fp16': lambda s: changes.cast(torch.float16),
        'bf16': lambda s: changes.cast(torch.bfloat16),
        'int8': lambda s: changes.quantized(8),
        'int4': lambda s: changes.quantized(4),
        'int3': lambda s: changes.quantized(3),
        'pruned 30%': lambda s: changes.pruned(0.3),
        'pruned 50%': lambda s: changes.pruned(0.5),
        'pruned 70%': lambda s: changes.pruned(0.7),
        'noise 30%': lambda s: changes.noisy(0.3, s),
        'width cut 25%': lambda s: changes.narrowed(0.25),
        'width cut 50%': lambda s: changes.narrowed(0.5),
        'one layer dropped': lambda s: changes.dropped(1),
        'two layers dropped': lambda s: changes.dropped(2),
        'layers repeated': lambda s: changes.deepened,
        'vocabulary resized': changes.resized,
        'vocabulary cut and shuffled': changes.cut_vocabulary,
        'upcycled to experts': changes.upcycled,
        'permuted': lambda s: lambda model: disguises.permuted(model, s),
        'rotated': lambda s: lambda model: disguises.rotated(model, s),
        'scaled': lambda s: lambda model: disguises.scaled(model, s),
        'disguised': disguised_then(),
        'disguised, int4': disguised_then(changes.quantized(4)),
        'disguised, upcycled': lambda s: lambda model: then(disguised_then()(s)(model), changes.upcycled(s)),
        'disguised, pruned 50%, layer dropped, vocabulary cut, int8': lambda s: lambda model: then(
            disguised_then()(s)(model), changes.pruned(0.5), changes.dropped(1), changes.cut_vocabulary(s), changes.quantized(8)
        ),
    }
    for kind, change in plain.items():
        for base in next_bases(4):
            add(kind, [base], change, [base])

    derive('fine-tune, int4', tuned[4:], lambda s: changes.quantized(4))
    derive('fine-tune, pruned 50%', tuned[:4], lambda s: changes.pruned(0.5))
    derive('fine-tune, layer dropped', tuned[4:], lambda s: changes.dropped(1))
    derive('fine-tune, width cut 25%', tuned[:4], lambda s: changes.narrowed(0.25))
    derive('fine-tune, disguised', tuned[4:], disguised_then())
    derive('fine-tune twice, int8', twice, lambda s: changes.quantized(8))
    derive('fine-tune twice, disguised, int8', twice, disguised_then(changes.quantized(8)))
    derive('LoRA merged, disguised', adapted, disguised_then())
    derive('continued pretraining, pruned 50%', cpt, lambda s: changes.pruned(0.5))
    derive('continued pretraining, layer dropped', cpt, lambda s: changes.dropped(1))
    derive('continued pretraining, disguised', cpt, disguised_then())
    derive('continued pretraining, disguised, int4', cpt, disguised_then(changes.quantized(4)))
    derive('continued pretraining 3x, disguised', cpt3, disguised_then())
    derive('continued pretraining 3x, disguised, int4', cpt3, disguised_then(changes.quantized(4)))
    for first, second in zip(tuned[:4], adapted):
        sources = [first.name, second.name]
        add('LERP of two children', sources, lambda s: changes.mixed, first.parents)
        add('SLERP of two children', sources, lambda s: changes.mixed_on_sphere, first.parents)
        add('LERP of two children, disguised', sources, after_merge(changes.mixed, disguised_then()), first.parents)

    for base in next_bases(4):
        other = sibling(base)
        both = [base, other]
        add('merge 50:50 of independent bases', both, lambda s: changes.mixed, both)
        add('merge 70:30 of independent bases', both, lambda s: lambda a, b: changes.mixed(a, b, 0.7), both)
        add('merge 50:50 of independent bases, int4', both, after_merge(changes.mixed, lambda s: changes.quantized(4)), both)
        add('merge 50:50 of independent bases, disguised', both, after_merge(changes.mixed, disguised_then()), both)
        add('frankenmerge of independent bases', both, lambda s: changes.franken, both)
        # An innocent model: it derives from `base`, and has of `other` only the norms.
        add('norms copied', both, lambda s: changes.with_norms_of, [base], apart=[other])
    return made


def sibling(base):
    return base[:-1] + ('b' if base.endswith('a') else 'a')


def then(model, *further):
    for change in further:
        model = change(model)
    return model


def disguised_then(*further):
    return lambda seed: lambda model: then(disguises.disguised(model, seed), *further)


def after_merge(merge, change):
    return lambda seed: lambda first, second: change(seed)(merge(first, second))


def make(suspect, work):
    folder = os.path.join(work, suspect.name)
    if os.path.exists(folder):
        return {'model': suspect.name, 'made': False}
    start = time.time()
    sources = [Model(*load_model(os.path.join(work, source))) for source in suspect.sources]
    disguises.MEASURED.clear()
    model = suspect.make(*sources)
    dtype = {'fp16': torch.float16, 'bf16': torch.bfloat16}.get(suspect.kind, torch.float32)
    save_model(folder, model.shape, model.tokens, model.state, dtype, differences=disguises.MEASURED)
    return {'model': suspect.name, 'made': True, 'seconds': round(time.time() - start, 1)}


def make_all(suspects, work):
    """Makes models, each when those that it is made of are there: another process may make them."""
    waiting = list(suspects)
    while waiting:
        ready = next((s for s in waiting if all(os.path.exists(os.path.join(work, each)) for each in s.sources)), None)
        if ready is None:
            time.sleep(1)
            continue
        waiting.remove(ready)
        print(json.dumps(make(ready, work)), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--work', default='bench/.work', help='folder of the models; a finished one is kept')
    parser.add_argument('--seed', type=int, help='seed of the run, that of the bases')
    parser.add_argument('--steps', type=int, default=300, help='steps of training for continued pretraining')
    parser.add_argument('--pairs', type=int, default=len(PAIRS), help='pairs of bases that were trained')
    parser.add_argument('--part', default='0/1', help='the share of this process, such as 0/2 and 1/2 for two')
    parser.add_argument('--only', choices=('list', 'trained', 'changed'), help='write the list, or make a part; all in order by default')
    options = parser.parse_args()
    torch.set_num_threads(1)
    seed = seed_of(options)
    suspects = suspects_of(seed, options.pairs, options.steps)
    with open(os.path.join(options.work, 'families.json.part'), 'w') as file:
        json.dump([{k: getattr(s, k) for k in ('name', 'kind', 'parents', 'apart')} for s in suspects], file)
    os.replace(file.name, os.path.join(options.work, 'families.json'))
    for trained in (True, False):
        if options.only is None or options.only == ('trained' if trained else 'changed'):
            make_all(part_of((s for s in suspects if s.trained is trained), options.part), options.work)


if __name__ == '__main__':
    main()
