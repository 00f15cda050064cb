import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'chai'

import { modelsInCommand, namedByOptions } from '../../src/guard/commandModels.ts'

describe('modelsInCommand', function () {
  let cwd: string

  before(function () {
    cwd = mkdtempSync(join(tmpdir(), 'stemma-command-'))
    for (const folder of ['base', 'tone', 'hf:x', 'src', 'many/one']) mkdirSync(join(cwd, folder), { recursive: true })
    for (const file of [
      'base/config.json',
      'tone/adapter_config.json',
      'hf:x/model.safetensors',
      'many/one/c.gguf',
      'src/main.py',
      'a.gguf',
      'b.gguf',
      'run.py',
      'c.llamafile',
    ]) {
      writeFileSync(join(cwd, file), '{}')
    }
  })
  after(() => rmSync(cwd, { recursive: true, force: true }))

  const found = (line: string): string[] =>
    modelsInCommand(line.split(' '), cwd).map(
      ({ reference, isAdapter }) => `${reference}${isAdapter ? ' (adapter)' : ''}`,
    )
  const code = (line: string): unknown => {
    try {
      return found(line)
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  for (const [line, models] of [
    ['vllm serve ./base --port 80', ['./base']],
    ['vllm serve base', ['./base']],
    ['llama-server -m a.gguf', ['./a.gguf']],
    ['llama-server --model=a.gguf --lora ./tone', ['./a.gguf', './tone (adapter)']],
    ['llama-server -m a.gguf -md b.gguf', ['./a.gguf', './b.gguf']],
    ['llama-cli -m a.gguf --lora-scaled b.gguf 0.5', ['./a.gguf', './b.gguf (adapter)']],
    ['vllm serve base --enable-lora --lora-modules x=tone y=./tone', ['./base', './tone (adapter)']],
    ['vllm serve base --lora-modules {"name":"x","path":"tone"}', ['./base', './tone (adapter)']],
    ['python run.py hf:x', ['./hf:x']],
    ['python run.py --model base src', ['./base']],
    ['./c.llamafile --port 80', ['./c.llamafile']],
    ['vllm serve base --speculative-config {"model":"./a.gguf"}', ['./base', './a.gguf']],
  ] as const) {
    it(`finds ${models.join(', ')} in ${line}`, function () {
      expect(found(line)).to.deep.equal(models)
    })
  }

  it('asks when there is none, an adapter alone, or several that no option names', function () {
    expect(code('ollama serve')).to.equal('NO_MODEL_IN_COMMAND')
    expect(code('./base')).to.equal('NO_MODEL_IN_COMMAND')
    expect(code('vllm serve owner/name --lora-modules x=tone')).to.equal('NO_MODEL_IN_COMMAND')
    expect(code('diff base a.gguf')).to.equal('AMBIGUOUS_COMMAND')
    expect(found('tool base a.gguf --model b.gguf')).to.deep.equal(['./base', './a.gguf', './b.gguf'])
  })

  it('finds what is named in the line of a shell', function () {
    const [only] = modelsInCommand(['sh', '-c', 'cd . && exec llama-server -m ./a.gguf'], cwd)
    expect(only).to.deep.equal({ reference: './a.gguf', isAdapter: false })
    expect(() => modelsInCommand(['sh', '-c', 'exec llama-server -m ./a.gguf --lora="b.gguf"'], cwd))
      .to.throw()
      .with.property('code', 'AMBIGUOUS_COMMAND')
  })

  it('judges what options name beside what the user named, and not what is part of it', function () {
    const named = (line: string, paths: string[]) =>
      namedByOptions(
        line.split(' '),
        paths.map((path) => join(cwd, path)),
        cwd,
      ).map(({ reference }) => reference)
    expect(named('vllm serve base --lora-modules x=./tone', ['base'])).to.deep.equal(['./tone'])
    expect(named('tool --model base/config.json --lora ./tone', ['base', 'tone'])).to.deep.equal([])
    expect(named('diff base a.gguf', ['base'])).to.deep.equal([])
    expect(named('llama-server -m base --models-dir many', ['base'])).to.deep.equal(['./many'])
    expect(named('koboldcpp base --draftmodel a.gguf --sdlora ./tone', ['base'])).to.deep.equal(['./a.gguf', './tone'])
    expect(named('quantize base --output-model b.gguf --dir many', ['base'])).to.deep.equal([])
  })

  it('bears arguments of any kind', function () {
    const odd = [
      'x',
      '',
      '\0',
      `--lora=${'{'.repeat(5000)}`,
      '--lora',
      '[1,null,{"path":3}]',
      'a'.repeat(10_000),
      '--',
      '-',
    ]
    expect(() => modelsInCommand(odd, cwd))
      .to.throw()
      .with.property('code', 'NO_MODEL_IN_COMMAND')
    const long = ['x', '/a '.repeat(100_000)]
    expect(() => modelsInCommand([...long, 'base'], cwd)).to.not.throw()
    const many = Array.from({ length: 30_000 }, (_, index) => `/a${index}`).join(' ')
    expect(() => modelsInCommand(['x', many], cwd))
      .to.throw()
      .with.property('code', 'LONG_COMMAND')
  })
})
