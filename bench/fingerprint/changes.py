"""Changes of a model without training, as people make them."""

from dataclasses import replace

import torch

from model import Model

INT4_GROUP = 32


def with_state(model, state, **shape):
    return Model(replace(model.shape, **shape), model.tokens, state)


def each_matrix(model, change, embeddings=True):
    """Applies a change to the matrices; norms stay."""
    state = {
        name: change(value) if value.dim() == 2 and (embeddings or name.startswith('layers.')) else value
        for name, value in model.state.items()
    }
    return with_state(model, tie(model, state))


def tie(model, state):
    return {**state, 'lm_head.weight': state['embed_tokens.weight']} if model.shape.tied else state


def cast(dtype):
    return lambda model: each_matrix(model, lambda value: value.to(dtype).float())


def rounded(value, bits, group):
    """Rounds to so many bits, symmetrically, with a scale for each group of a row."""
    groups = value.reshape(value.shape[0], -1, group or value.shape[1])
    limit = 2 ** (bits - 1) - 1
    steps = groups.abs().amax(-1, keepdim=True).clamp_min(1e-12) / limit
    return ((groups / steps).round().clamp(-limit - 1, limit) * steps).reshape(value.shape)


def quantized(bits):
    """Layers in so many bits; embeddings in eight, as is usual."""

    def change(model):
        eight = each_matrix(model, lambda value: rounded(value, 8, None))
        if bits == 8:
            return eight
        return each_matrix(
            with_state(model, {**model.state, **{n: v for n, v in eight.state.items() if not n.startswith('layers.')}}),
            lambda value: rounded(value, bits, INT4_GROUP),
            embeddings=False,
        )

    return change


def pruned(share):
    def cut(value):
        line = value.abs().flatten().kthvalue(max(1, int(value.numel() * share))).values
        return torch.where(value.abs() > line, value, torch.zeros_like(value))

    return lambda model: each_matrix(model, cut, embeddings=False)


def noisy(share, seed):
    chooser = torch.Generator().manual_seed(seed)
    return lambda model: each_matrix(model, lambda v: v + share * v.std() * torch.randn(v.shape, generator=chooser))


def narrowed(share):
    """Drops the units that add least, by the lengths of their rows."""

    def change(model):
        state = dict(model.state)
        hidden = model.shape.hidden - int(model.shape.hidden * share)
        for layer in range(model.shape.layers):
            names = [f'layers.{layer}.mlp.{part}_proj.weight' for part in ('gate', 'up', 'down')]
            gate, up, down = (state[name] for name in names)
            kept = (gate.norm(dim=1) * up.norm(dim=1) * down.norm(dim=0)).topk(hidden).indices.sort().values
            state.update(zip(names, (gate[kept], up[kept], down[:, kept])))
        return with_state(model, state, hidden=hidden)

    return change


def with_layers(model, layers, other=None):
    """A model of the given layers, each the number of one; those of `other` where a number is negative: ~0 is its first."""
    state = {name: value for name, value in model.state.items() if not name.startswith('layers.')}
    for place, layer in enumerate(layers):
        source, number = (model, layer) if layer >= 0 else (other, ~layer)
        prefix = f'layers.{number}.'
        for name, value in source.state.items():
            if name.startswith(prefix):
                state[f'layers.{place}.{name[len(prefix):]}'] = value
    return with_state(model, state, layers=len(layers))


def dropped(count):
    def change(model):
        layers = model.shape.layers
        gone = {layers // 2, layers // 2 - 1} if count == 2 else {layers // 2}
        return with_layers(model, [layer for layer in range(layers) if layer not in gone])

    return change


def deepened(model):
    """Its layers twice, without the last of the first and the first of the second."""
    layers = model.shape.layers
    return with_layers(model, [*range(layers - 1), *range(1, layers)])


def franken(first, second):
    """The first half of one model's layers, and the second half of the other's."""
    layers = first.shape.layers
    return with_layers(first, [*range(layers // 2), *(~layer for layer in range(layers // 2, layers))], second)


def reworded(model, order):
    state = {**model.state}
    for name in ('embed_tokens.weight', 'lm_head.weight'):
        state[name] = state[name][order]
    tokens = [model.tokens[index] for index in order.tolist()]
    return Model(replace(model.shape, vocabulary=len(tokens)), tokens, tie(model, state))


def cut_vocabulary(seed, share=0.6):
    chooser = torch.Generator().manual_seed(seed)

    def change(model):
        order = torch.randperm(model.shape.vocabulary, generator=chooser)
        return reworded(model, order[: int(len(order) * share)])

    return change


def resized(seed, count=32):
    """Adds tokens, as a fine-tune with new special tokens does."""
    chooser = torch.Generator().manual_seed(seed)

    def change(model):
        state = dict(model.state)
        for name in ('embed_tokens.weight', 'lm_head.weight'):
            more = torch.randn(count, model.shape.width, generator=chooser) * 0.02
            state[name] = torch.cat((state[name], more))
        tokens = [*model.tokens, *(f'<extra {index}>' for index in range(count))]
        return Model(replace(model.shape, vocabulary=len(tokens)), tokens, tie(model, state))

    return change


def upcycled(seed, experts=4):
    """Makes each layer one of experts, which are copies with a little noise, and a router that was not trained."""
    chooser = torch.Generator().manual_seed(seed)

    def change(model):
        state = {name: value for name, value in model.state.items() if '.mlp.' not in name}
        for layer in range(model.shape.layers):
            at = f'layers.{layer}.mlp.'
            state[f'{at}gate.weight'] = torch.randn(experts, model.shape.width, generator=chooser) * 0.02
            for expert in range(experts):
                for part in ('gate', 'up', 'down'):
                    value = model.state[f'{at}{part}_proj.weight']
                    noise = torch.randn(value.shape, generator=chooser)
                    state[f'{at}experts.{expert}.{part}_proj.weight'] = value + 0.05 * value.std() * noise
        return with_state(model, state)

    return change


def mixed(first, second, share=0.5):
    """So much of the first model, and what is missing of the second."""
    return with_state(first, {n: share * v + (1 - share) * second.state[n] for n, v in first.state.items()})


def mixed_on_sphere(first, second, share=0.5):
    def between(a, b):
        cosine = (a * b).sum() / (a.norm() * b.norm()).clamp_min(1e-12)
        angle = torch.acos(cosine.clamp(-1 + 1e-7, 1 - 1e-7))
        return (torch.sin(share * angle) * a + torch.sin((1 - share) * angle) * b) / torch.sin(angle)

    return with_state(first, {n: between(v, second.state[n]) for n, v in first.state.items()})


def with_norms_of(model, other):
    """A model with the gains of another: the cosine of their norms is 1, and nothing else of it is the other's."""
    return with_state(model, {n: other.state[n] if 'norm' in n else v for n, v in model.state.items()})
