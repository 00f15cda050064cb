/**
 * Calls a model by the package `ai`, and prints what it got as JSON. A program of its own: the package that `ai` reads streams with has a
 * condition `source`, under which the tests run, and Node does not take types away under node_modules.
 *
 * Usage: node aiCaller.ts URL KEY MODEL
 */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, jsonSchema, streamText, tool } from 'ai'

const [url, apiKey, name] = process.argv.slice(2) as [string, string, string]
const provider = createOpenAICompatible({ name: 'stemma', baseURL: `${url}/v1`, apiKey, includeUsage: true })
const model = provider(name)
const prompt = 'How is the weather in Bern?'
const inputSchema = jsonSchema<{ city: string }>({
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
})

const whole = await generateText({ model, prompt })
const stream = streamText({ model, prompt })
const parts: string[] = []
for await (const part of stream.textStream) parts.push(part)
const { toolCalls } = streamText({ model, prompt, tools: { weather: tool({ inputSchema }) } })
const { embedding } = await embed({ model: provider.embeddingModel(name), value: prompt })
console.log(
  JSON.stringify({
    whole: [whole.text, whole.usage, whole.finishReason],
    streamed: [parts, await stream.usage, await stream.finishReason],
    tools: (await toolCalls).map(({ toolName, input }) => [toolName, input]),
    embedding,
  }),
)
