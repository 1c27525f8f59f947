import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ToolCall {
	readonly name: string;
	readonly arguments: Readonly<Record<string, unknown>>;
}

export interface Message {
	readonly role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
	readonly content: string | readonly { readonly text?: string }[] | null;
}

/** What a runtime sends for each turn of the model's. */
export interface Turn {
	readonly messages: readonly Message[];
	readonly tools: readonly string[];
}

export interface ModelServer {
	/** For a provider that speaks OpenAI's chat completions. */
	readonly baseUrl: string;
	/** Oldest first. */
	readonly turns: readonly Turn[];
}

export function textOf({ content }: Message): string {
	return typeof content === 'string' ? content : (content ?? []).map(({ text = '' }) => text).join('');
}

/** All that stands before the conversation. */
export function systemPrompt({ messages }: Turn): string {
	return messages
		.filter(({ role }) => role === 'system' || role === 'developer')
		.map(textOf)
		.join('\n');
}

/** What the tools answered since the user spoke last. */
export function toolResults({ messages }: Turn): string[] {
	const lastUser = messages.findLastIndex(({ role }) => role === 'user');
	return messages
		.slice(lastUser + 1)
		.filter(({ role }) => role === 'tool')
		.map(textOf);
}

function readTurn(body: string): Turn {
	const { messages, tools = [] } = JSON.parse(body) as {
		messages: Message[];
		tools?: { function: { name: string } }[];
	};
	return { messages, tools: tools.map((tool) => tool.function.name) };
}

/** The whole answer in one delta; the call's id tells its number. */
function answer(response: ServerResponse, delta: object, reason: 'stop' | 'tool_calls'): void {
	const send = (choice: object) => {
		const chunk = {
			id: 'turn',
			object: 'chat.completion.chunk',
			created: 1,
			model: 'scripted',
			choices: [{ index: 0, ...choice }],
		};
		response.write(`data: ${JSON.stringify(chunk)}\n\n`);
	};
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	send({ delta: { role: 'assistant', ...delta }, finish_reason: null });
	send({ delta: {}, finish_reason: reason });
	response.end('data: [DONE]\n\n');
}

async function readBody(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}

/**
 * A model on a loopback port that plays a script: for each message of the user's it makes the calls in their order, one a turn,
 * and then repeats what the last tool said.
 */
export async function startModel(script: (message: string) => readonly ToolCall[]): Promise<ModelServer> {
	const turns: Turn[] = [];
	const server = createServer(async (request, response) => {
		const turn = readTurn(await readBody(request));
		turns.push(turn);
		const message = turn.messages.findLast(({ role }) => role === 'user');
		const results = toolResults(turn);
		const call = script(message === undefined ? '' : textOf(message))[results.length];
		if (call === undefined) {
			answer(response, { content: `The sandbox says: ${results.at(-1) ?? 'nothing'}` }, 'stop');
			return;
		}
		const used = { name: call.name, arguments: JSON.stringify(call.arguments) };
		answer(
			response,
			{ tool_calls: [{ index: 0, id: `call${turns.length}`, type: 'function', function: used }] },
			'tool_calls',
		);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	onTestFinished(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, turns };
}
