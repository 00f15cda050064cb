"""Models as folders with safetensors, a tokenizer and a config, as the bench reads them."""

import json
import os
import shutil
import struct

import torch

from model import Decoder, Shape

TYPES = {'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16, 'I8': torch.int8}
NAMES = {dtype: name for name, dtype in TYPES.items()}


def save_model(folder, shape, tokens, state, dtype=torch.float32, **notes):
    """Writes a model of the given shape. The rename makes it appear whole, so that a run that was stopped goes on."""
    part = folder + '.part'
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    tensors = {'model.' + name: value.to(dtype) for name, value in state.items()}
    if 'model.lm_head.weight' in tensors:
        head = tensors.pop('model.lm_head.weight')
        if not shape.tied:
            tensors['lm_head.weight'] = head
    write_tensors(os.path.join(part, 'model.safetensors'), tensors)
    with open(os.path.join(part, 'tokenizer.json'), 'w') as file:
        vocab = {token.replace(' ', '\u2581'): number for number, token in enumerate(tokens)}
        json.dump({'model': {'type': 'BPE', 'vocab': vocab}}, file)
    with open(os.path.join(part, 'config.json'), 'w') as file:
        json.dump({'model_type': 'llama', 'tie_word_embeddings': shape.tied, 'shape': vars(shape), 'tokens': tokens, **notes}, file)
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(part, folder)


def write_tensors(path, tensors):
    header, blobs, end = {}, [], 0
    for name, value in tensors.items():
        value = value.contiguous()
        raw = value.view(torch.int16) if value.dtype == torch.bfloat16 else value
        blob = raw.numpy().tobytes()
        header[name] = {'dtype': NAMES[value.dtype], 'shape': list(value.shape), 'data_offsets': [end, end + len(blob)]}
        blobs.append(blob)
        end += len(blob)
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)))
        file.write(text)
        file.writelines(blobs)


def read_tensors(path):
    """Reads all tensors as 32-bit floats."""
    with open(path, 'rb') as file:
        (length,) = struct.unpack('<Q', file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        start, stop = entry['data_offsets']
        tensors[name] = torch.frombuffer(data[start:stop], dtype=TYPES[entry['dtype']]).reshape(entry['shape']).float()
    return tensors


def load_model(folder):
    """Returns the shape, the tokens and the state, whose names have no leading `model.`."""
    with open(os.path.join(folder, 'config.json')) as file:
        config = json.load(file)
    shape = Shape(**config['shape'])
    tensors = read_tensors(os.path.join(folder, 'model.safetensors'))
    state = {name.removeprefix('model.'): value for name, value in tensors.items()}
    if shape.tied:
        state['lm_head.weight'] = state['embed_tokens.weight']
    return shape, config['tokens'], state


def decoder_of(shape, state):
    model = Decoder(shape)
    model.load_state_dict(state)
    return model
