import { expect } from 'chai'

import { externalTensor, field, graphNode, judged, onnxNode, onnxOf } from './judged.ts'

const json = (value: unknown) => JSON.stringify(value)
const urls = Object.fromEntries(
  Array.from({ length: 720 }, (_, index) => [`https://example.org/${index}/os.system`, index]),
)

/** Templates in the style of the well-known families, written for this test. */
const TEMPLATES: Readonly<Record<string, string>> = {
  llama: `{{- bos_token }}{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}{%- if not date_string is defined %}{%- if strftime_now is defined %}{%- set date_string = strftime_now("%d %b %Y") %}{%- else %}{%- set date_string = "26 Jul 2024" %}{%- endif %}{%- endif %}
{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}{%- set messages = messages[1:] %}{%- else %}{%- set system_message = "" %}{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}{%- if tools is not none %}{{- "You have access to the following functions. Answer with JSON for a call with its proper arguments." }}{%- for t in tools %}{{- t | tojson(indent=4) }}{%- endfor %}{%- endif %}{{- system_message }}{{- "<|eot_id|>" }}
{%- for message in messages %}{%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}{%- elif 'tool_calls' in message %}{%- if not message.tool_calls|length == 1 %}{{- raise_exception("This model only supports single tool-calls at once!") }}{%- endif %}{%- set tool_call = message.tool_calls[0].function %}{{- '{"name": "' + tool_call.name + '", ' }}{{- tool_call.arguments | tojson }}{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>' }}{%- endif %}`,
  qwen: `{%- if tools %}{{- '<|im_start|>system\\n' }}{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}{{- "# Tools\\n\\nYou may call one or more functions to assist with the user query." }}{%- for tool in tools %}{{- "\\n" }}{{- tool | tojson }}{%- endfor %}{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}{%- for message in messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}{%- set ns.multi_step_tool = false %}{%- set ns.last_query_index = index %}{%- endif %}{%- endfor %}
{%- for message in messages %}{%- if message.role == "assistant" %}{%- set content = message.content %}{%- if '</think>' in content %}{%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}{%- set content = content.split('</think>')[-1].lstrip('\\n') %}{%- endif %}{{- content }}{%- for tool_call in message.tool_calls %}{%- if tool_call.function %}{%- set tool_call = tool_call.function %}{%- endif %}{{- tool_call.name }}{%- endfor %}{%- elif message.role == "tool" %}{%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}{%- endif %}{%- endfor %}`,
  mistral: `{%- if messages[0]["role"] == "system" %}{%- set system_message = messages[0]["content"] %}{%- set loop_messages = messages[1:] %}{%- else %}{%- set loop_messages = messages %}{%- endif %}{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}{%- for message in loop_messages %}{%- if (message["role"] == "user") != (loop.index0 % 2 == 0) %}{{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}{%- endif %}{%- if message["role"] == "user" %}{%- for tool in tools %}{%- set tool = tool.function %}{{- '{"type": "function", "function": {' }}{%- for key, val in tool.items() if key != "return" %}{%- if val is string %}{{- '"' + key + '": "' + val + '"' }}{%- else %}{{- '"' + key + '": ' + val|tojson }}{%- endif %}{%- endfor %}{%- endfor %}{{- "[INST] " + message["content"] + "[/INST]" }}{%- endif %}{%- endfor %}`,
  gemma: `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}`,
  phi: `{% for message in messages %}{% if message['role'] == 'system' and 'tools' in message and message['tools'] is not none %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|tool|>' + message['tools'] + '<|/tool|>' + '<|end|>' }}{% else %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}`,
  deepseek: `{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = ns.system_prompt + message['content'] %}{%- endif %}{%- endfor %}{{ bos_token }}{{ ns.system_prompt }}{%- for message in messages %}{%- if message['role'] == 'assistant' and message['content'] is not none %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{ '<|Assistant|>' + content + '<|end|>' }}{%- endif %}{%- if message['role'] == 'assistant' and message['content'] is none %}{%- for tool in message['tool_calls'] %}{{ tool['type'] + '<|sep|>' + tool['function']['name'] + '\\n' + '\`\`\`json' + '\\n' + tool['function']['arguments'] }}{%- endfor %}{%- endif %}{%- endfor %}`,
  macro: `{%- macro kind(spec) %}{%- if spec.type == "array" %}{{- "list[" + kind(spec["items"]) + "]" }}{%- elif spec.type is defined and spec.type is iterable and spec.type is not string %}{{- spec.type | map("upper") | join(" or ") }}{%- else %}{{- spec.type | upper }}{%- endif %}{%- endmacro %}{% generation %}{% for t in tools %}{{ kind(t.parameters) }}{{ t.x | map(attribute='name') | join(', ') }}{% endfor %}{% endgeneration %}`,
}

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'vocab.json': json(urls),
  'tokenizer.json': json({
    version: '1.0',
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: {
            Regex:
              "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
          },
          behavior: 'Isolated',
        },
      ],
    },
    model: { type: 'BPE', vocab: { ...urls, auto_map: 1, _target_: 2, __class__: 3 }, merges: ['a b'] },
  }),
  'tokenizer_gpt2.json': json({
    pre_tokenizer: {
      pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+" },
    },
  }),
  'tokenizer_o200k.json': json({
    pre_tokenizer: {
      pattern: {
        Regex:
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
      },
    },
  }),
  'config.json': json({
    architectures: ['LlamaForCausalLM'],
    _name_or_path: '/home/me/llama',
    model_type: 'llama',
    auto_map: {},
    rope_scaling: null,
    torch_dtype: 'bfloat16',
    transformers_version: '4.50.0',
  }),
  'mamba_config.json': '{"time_step_limit": [0.0, Infinity], "x": NaN, "y": -Infinity}',
  'generation_config.json': json({ bos_token_id: 1, eos_token_id: [2, 3] }),
  'adapter_config.json': json({
    peft_type: 'LORA',
    auto_mapping: { base_model_class: 'LlamaForCausalLM', parent_library: 'transformers.models.llama.modeling_llama' },
    target_modules: ['q_proj'],
  }),
  'adapter_plain.json': json({ peft_type: 'LORA', auto_mapping: null, parent_library: null }),
  'model_index.json': json({
    _class_name: 'StableDiffusionPipeline',
    _diffusers_version: '0.30.0',
    feature_extractor: ['transformers', 'CLIPImageProcessor'],
    safety_checker: [null, null],
    unet: ['diffusers', 'UNet2DConditionModel'],
    vae: ['diffusers', 'AutoencoderKL'],
    requires_safety_checker: false,
  }),
  'modules.json': json([
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ]),
  'README.md':
    '---\nlicense: mit\n---\n# Model\n```python\nimport os\nos.system("echo x")\nmodel = X.from_pretrained("a/b", trust_remote_code=True)\n```\n',
  'requirements.txt': 'torch>=2.0\ntransformers==4.50.0\n',
  'training.ipynb': json({
    cells: [{ cell_type: 'code', source: ['import os\n', 'os.system("echo x")'] }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  }),
  'model_config.yaml':
    'name: x\nencoder:\n  _target_: nemo.collections.asr.modules.ConformerEncoder\n  n: 1\noptim:\n  _target_: torch.optim.AdamW\nx: !!str 1\ny: &a [1]\nz: *a\n',
  'diffusion.yaml': 'model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n    a: 1\n',
  'plain.yaml': 'target: linux\nclass_path: a/b\n',
  MLmodel: 'flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    python_version: 3.11.0\n',
  'keras/config.json': json({
    module: 'keras',
    class_name: 'Functional',
    config: {
      layers: [
        {
          module: 'keras.layers',
          class_name: 'Dense',
          config: {
            dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null },
            kernel_initializer: {
              module: 'keras.initializers',
              class_name: 'GlorotUniform',
              config: { seed: null },
              registered_name: null,
            },
            activation: 'relu',
          },
          registered_name: null,
        },
      ],
    },
    registered_name: 'Functional',
    compile_config: {
      loss: 'mse',
      optimizer: { module: 'keras.optimizers', class_name: 'Adam', config: {}, registered_name: null },
    },
  }),
  'm.h5': Buffer.concat([
    Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'),
    Buffer.alloc(88),
    Buffer.from(
      json({
        class_name: 'Sequential',
        config: {
          layers: [
            { class_name: 'Dense', config: { units: 1 } },
            { class_name: 'TFOpLambda', config: { function: 'math.add' } },
          ],
        },
      }),
    ),
  ]),
  'saved_model.pb': Buffer.concat([
    field(1, 1),
    field(2, [
      field(2, [
        graphNode('Const'),
        graphNode('SaveV2', { dtypes: [field(3, 1)] }),
        graphNode('RestoreV2'),
        graphNode('MergeV2Checkpoints'),
        graphNode('StatefulPartitionedCall'),
        graphNode('MatMul'),
      ]),
    ]),
  ]),
  'm.onnx': onnxOf([
    onnxNode('Conv'),
    onnxNode('Gelu', 'com.microsoft'),
    onnxNode('TreeEnsembleClassifier', 'ai.onnx.ml'),
    externalTensor({ location: 'm.onnx_data', offset: '0', length: '8' }),
    field(5, [field(1, 2), field(2, 1), field(8, 'w'), field(9, Buffer.alloc(8))]),
  ]),
  'own.onnx': onnxOf(
    [onnxNode('Thing', 'own')],
    [field(25, [field(1, 'Thing'), field(7, [field(4, 'Add')]), field(10, 'own')])],
  ),
  'merges.txt': '#version: 0.2\na b\n',
  'model.safetensors': Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]),
  '.gitattributes': '*.safetensors filter=lfs\n',
  'weights.pth': Buffer.from([0x80, 2, 0x2e]),
  LICENSE: 'MIT License',
}

describe('benign files of other formats', function () {
  for (const [name, bytes] of Object.entries(FILES)) {
    it(`does not flag ${name}`, function () {
      expect(judged(name, bytes).filter(({ level }) => level !== 'note')).to.deep.equal([])
    })
  }
  for (const [name, text] of Object.entries(TEMPLATES)) {
    it(`does not flag a template in the style of ${name}`, function () {
      expect(judged('tokenizer_config.json', json({ chat_template: text }))).to.deep.equal([])
    })
  }
  it('warns of a script that nothing runs, and does not fail', function () {
    expect(judged('convert.py', 'x').map(({ level }) => level)).to.deep.equal(['warn'])
  })
})
