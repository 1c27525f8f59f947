import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { answerAsRegistry } from './registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What the model does in one turn: it says something, or calls a tool with JSON arguments or with plain text. */
export type Act = { readonly say: string } | { readonly tool: string; readonly input: object | string };

/** A conversation as an agent sent it. */
export interface Asked {
	readonly user: readonly string[];
	/** What the tools answered. */
	readonly results: readonly string[];
	/** How often a tool was called. */
	readonly calls: number;
}

export interface Model {
	/** The Unix socket that it listens on. */
	readonly socket: string;
	/** Every conversation in which the agent offered tools, oldest first. */
	readonly asked: readonly Asked[];
}

type Content = string | readonly Item[] | null | undefined;

/** A message, a part of one, or an item of OpenAI's Responses. */
interface Item {
	readonly type?: string;
	readonly role?: string;
	readonly text?: string;
	readonly content?: Content;
	readonly output?: Content;
	readonly tool_calls?: readonly object[];
}

interface Body {
	readonly model?: string;
	readonly stream?: boolean;
	readonly system?: Content;
	readonly tools?: readonly object[];
	readonly messages?: readonly Item[];
	readonly input?: readonly Item[];
}

function textOf(content: Content): string {
	if (typeof content === 'string') return content;
	return (content ?? []).map((part) => part.text ?? textOf(part.content)).join('\n');
}

/** The three protocols name the same things differently, and no name means two things. */
function readConversation({ messages, input }: Body): Asked {
	const [user, results]: [string[], string[]] = [[], []];
	let calls = 0;
	const read = (item: Item, role: string | undefined) => {
		const type = item.type ?? '';
		if (type === 'tool_result' || role === 'tool') results.push(textOf(item.content ?? item.text));
		else if (type.endsWith('_call_output')) results.push(textOf(item.output));
		else if (type.endsWith('_call') || type === 'tool_use') calls++;
		else if (item.role !== undefined && typeof item.content !== 'string' && item.content) {
			for (const part of item.content) read(part, item.role);
		} else if (role === 'user') user.push(item.text ?? textOf(item.content));
		calls += item.tool_calls?.length ?? 0;
	};
	for (const item of messages ?? input ?? []) read(item, item.role);
	return { user, results, calls };
}

interface ServerEvent {
	readonly type?: string;
	readonly [field: string]: unknown;
}

function sendEvents(response: ServerResponse, events: readonly ServerEvent[]): void {
	response.writeHead(200, { 'content-type': 'text/event-stream' });
	for (const event of events) {
		if (event.type !== undefined) response.write(`event: ${event.type}\n`);
		response.write(`data: ${JSON.stringify(event)}\n\n`);
	}
	response.end(events[0]?.type === undefined ? 'data: [DONE]\n\n' : '');
}

function sendJson(response: ServerResponse, value: object, status = 200): void {
	response.writeHead(status, { 'content-type': 'application/json' });
	response.end(JSON.stringify(value));
}

/** https://docs.anthropic.com/en/api/messages-streaming */
function answerMessages(response: ServerResponse, act: Act, id: string, { model, stream }: Body): void {
	const usage = { input_tokens: 1, output_tokens: 1 };
	const message = { id, type: 'message', role: 'assistant', model, stop_sequence: null, usage };
	const stop_reason = 'say' in act ? 'end_turn' : 'tool_use';
	if (!stream) {
		sendJson(response, { ...message, content: [{ type: 'text', text: 'say' in act ? act.say : '' }], stop_reason });
		return;
	}
	const [content_block, delta] =
		'say' in act
			? [
					{ type: 'text', text: '' },
					{ type: 'text_delta', text: act.say },
				]
			: [
					{ type: 'tool_use', id: `toolu_${id}`, name: act.tool, input: {} },
					{ type: 'input_json_delta', partial_json: JSON.stringify(act.input) },
				];
	sendEvents(response, [
		{ type: 'message_start', message: { ...message, content: [], stop_reason: null } },
		{ type: 'content_block_start', index: 0, content_block },
		{ type: 'content_block_delta', index: 0, delta },
		{ type: 'content_block_stop', index: 0 },
		{ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
		{ type: 'message_stop' },
	]);
}

/** https://platform.openai.com/docs/api-reference/responses-streaming */
function answerResponses(response: ServerResponse, act: Act, id: string, { model }: Body): void {
	const call_id = `call_${id}`;
	const item =
		'say' in act
			? { id, type: 'message', role: 'assistant', content: [{ type: 'output_text', text: act.say, annotations: [] }] }
			: typeof act.input === 'string'
				? { id, type: 'custom_tool_call', call_id, name: act.tool, input: act.input }
				: { id, type: 'function_call', call_id, name: act.tool, arguments: JSON.stringify(act.input) };
	const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
	const whole = { id, object: 'response', model, status: 'completed', output: [item], usage };
	sendEvents(response, [
		{ type: 'response.created', response: { ...whole, status: 'in_progress', output: [] } },
		{ type: 'response.output_item.done', output_index: 0, item },
		{ type: 'response.completed', response: whole },
	]);
}

/** https://platform.openai.com/docs/api-reference/chat-streaming */
function answerChat(response: ServerResponse, act: Act, id: string, { model }: Body): void {
	const chunk = (delta: object, finish_reason: string | null = null) => ({
		id,
		object: 'chat.completion.chunk',
		created: 1,
		model,
		choices: [{ index: 0, delta, finish_reason }],
	});
	if ('say' in act) {
		sendEvents(response, [chunk({ role: 'assistant', content: act.say }), chunk({}, 'stop')]);
		return;
	}
	const used = { name: act.tool, arguments: JSON.stringify(act.input) };
	const tool_calls = [{ index: 0, id: `call_${id}`, type: 'function', function: used }];
	sendEvents(response, [chunk({ role: 'assistant', tool_calls }), chunk({}, 'tool_calls')]);
}

const PROTOCOLS = {
	'/v1/messages': answerMessages,
	'/v1/responses': answerResponses,
	'/v1/chat/completions': answerChat,
} as const;

function isProtocol(path: string): path is keyof typeof PROTOCOLS {
	return Object.hasOwn(PROTOCOLS, path);
}

/** Codex hands its tools over as an item of the conversation. */
function offersTools({ tools = [], input = [] }: Body): boolean {
	return tools.length > 0 || input.some(({ type }) => type === 'additional_tools');
}

/** Without tools an agent asks for a title; Claude's auto mode asks a model whether it may run a command. */
function answerAside({ system }: Body): Act {
	return { say: textOf(system).includes('security monitor') ? '<block>no</block>' : '{"title":"An aside"}' };
}

async function readBody(request: IncomingMessage): Promise<Body> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Body;
}

/** A model that plays a script, in the protocols of Anthropic and OpenAI, and a registry of npm beside it. */
export async function startModel(script: (asked: Asked) => Act): Promise<Model> {
	const asked: Asked[] = [];
	let number = 0;
	const server = createServer(async (request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://model');
		if (answerAsRegistry(pathname, response)) return;
		if (request.method !== 'POST' || !isProtocol(pathname)) {
			sendJson(response, {}, 404);
			return;
		}
		const body = await readBody(request);
		const id = `turn${number++}`;
		if (!offersTools(body)) {
			PROTOCOLS[pathname](response, answerAside(body), id, body);
			return;
		}
		const conversation = readConversation(body);
		asked.push(conversation);
		PROTOCOLS[pathname](response, script(conversation), id, body);
	});
	const socket = join(temporaryFolder(), 'model.sock');
	await new Promise<void>((resolve) => server.listen(socket, resolve));
	chmodSync(join(socket, '..'), 0o755);
	chmodSync(socket, 0o777);
	onTestFinished(async () => {
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	});
	return { socket, asked };
}
