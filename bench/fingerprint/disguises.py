"""Changes of a model that leave what it answers as it was. Each asserts so."""

from dataclasses import replace

import torch

from files import decoder_of
from model import Model

# With another scale of the residual stream, the epsilon of the norms weighs differently.
EXACT, SCALED = 1e-6, 2e-2
# The differences of outputs that were measured, in order.
MEASURED = []


def double(model):
    return Model(model.shape, model.tokens, {name: value.double() for name, value in model.state.items()})


def largest_difference(before, after):
    """The largest difference of two models' logits, in standard deviations of the logits."""
    ids = torch.randint(before.shape.vocabulary, (4, 48), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        first, second = (decoder_of(each.shape, each.state).double()(ids) for each in (double(before), double(after)))
    return ((first - second).abs().max() / first.std()).item()


def asserted(limit):
    """Makes a disguise of a change."""

    def decorate(change):
        def disguise(model, seed):
            chooser = torch.Generator().manual_seed(seed)
            after = change(double(model), chooser)
            difference = largest_difference(model, after)
            assert difference < limit, f'{change.__name__}: the outputs differ by {difference}, not below {limit}.'
            MEASURED.append(difference)
            return Model(after.shape, after.tokens, {n: v.float() for n, v in after.state.items()})

        return disguise

    return decorate


def layers_of(model):
    return [f'layers.{layer}.' for layer in range(model.shape.layers)]


def permute(model, chooser):
    """Puts the units of each layer, and the residual stream, in another order."""
    state = dict(model.state)
    order = torch.randperm(model.shape.width, generator=chooser)
    for name, value in state.items():
        if name.endswith(('o_proj.weight', 'down_proj.weight')):
            state[name] = value[order]
        else:
            state[name] = value[..., order]
    for at in layers_of(model):
        units = torch.randperm(model.shape.hidden, generator=chooser)
        for part in ('gate', 'up'):
            state[f'{at}mlp.{part}_proj.weight'] = state[f'{at}mlp.{part}_proj.weight'][units]
        state[f'{at}mlp.down_proj.weight'] = state[f'{at}mlp.down_proj.weight'][:, units]
    return Model(model.shape, model.tokens, state)


def rotate(model, chooser):
    """Moves the gains into the weights and rotates the residual stream. Head and embeddings are no longer tied."""
    width = model.shape.width
    turn, _ = torch.linalg.qr(torch.randn(width, width, generator=chooser, dtype=torch.float64))
    state = dict(model.state)
    ones = torch.ones(width, dtype=torch.float64)
    for at in layers_of(model):
        for norm, module, parts in (('input', 'self_attn', 'qkv'), ('post_attention', 'mlp', ('gate', 'up'))):
            gain = state[f'{at}{norm}_layernorm.weight']
            for part in parts:
                name = f'{at}{module}.{part}_proj.weight'
                state[name] = (state[name] * gain) @ turn
            state[f'{at}{norm}_layernorm.weight'] = ones
        for name in ('self_attn.o_proj', 'mlp.down_proj'):
            state[f'{at}{name}.weight'] = turn.T @ state[f'{at}{name}.weight']
    state['lm_head.weight'] = (state['lm_head.weight'] * state['norm.weight']) @ turn
    state['norm.weight'] = ones
    state['embed_tokens.weight'] = state['embed_tokens.weight'] @ turn
    return Model(replace(model.shape, tied=False), model.tokens, state)


def scale(model, chooser):
    """Scales ups against downs, by either sign; norms against what follows them; and the residual stream by one number."""
    state = dict(model.state)
    between = lambda count: torch.exp(torch.randn(count, generator=chooser, dtype=torch.float64) * 0.5)
    for at in layers_of(model):
        hidden = model.shape.hidden
        signs = torch.randint(2, (hidden,), generator=chooser).double() * 2 - 1
        units = between(hidden) * signs
        state[f'{at}mlp.up_proj.weight'] = state[f'{at}mlp.up_proj.weight'] * units[:, None]
        state[f'{at}mlp.down_proj.weight'] = state[f'{at}mlp.down_proj.weight'] / units
        for norm, module, parts in (('input', 'self_attn', 'qkv'), ('post_attention', 'mlp', ('gate', 'up'))):
            columns = between(model.shape.width)
            state[f'{at}{norm}_layernorm.weight'] = state[f'{at}{norm}_layernorm.weight'] * columns
            for part in parts:
                state[f'{at}{module}.{part}_proj.weight'] = state[f'{at}{module}.{part}_proj.weight'] / columns
        for name in ('self_attn.o_proj', 'mlp.down_proj'):
            state[f'{at}{name}.weight'] = state[f'{at}{name}.weight'] * 3
    embeddings = state['embed_tokens.weight']
    state['embed_tokens.weight'] = embeddings * 3
    state['lm_head.weight'] = embeddings if model.shape.tied else state['lm_head.weight']
    return Model(replace(model.shape, tied=False), model.tokens, state)


def all_three(model, chooser):
    return scale(rotate(permute(model, chooser), chooser), chooser)


permuted = asserted(EXACT)(permute)
rotated = asserted(EXACT)(rotate)
scaled = asserted(SCALED)(scale)
disguised = asserted(SCALED)(all_three)
