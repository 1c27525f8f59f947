import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, apiError, emptyAnswer } from './answers.ts';
import { controlRoute } from './control-plane.ts';
import type { Double } from './double.ts';
import { type BrokenConnection, faultAnswer, type PlannedFault } from './faults.ts';
import { collect } from './multipart.ts';
import { proxyAnswer } from './proxy.ts';
import type { LoggedRequest } from './requests.ts';
import type { Interruption, Sandbox } from './sandboxes.ts';
import { toolboxCall } from './toolbox-call.ts';
import { toolboxRoute } from './toolbox.ts';

/** What a request comes to: an answer, a broken connection, or silence. */
type Ending = Answer | BrokenConnection | undefined;

export interface Traffic {
	add(request: LoggedRequest): void;
	takeFault(request: LoggedRequest): PlannedFault | undefined;
}

export function serve(server: Server, double: Double, traffic: Traffic): void {
	server.on('request', (message, response) => {
		respond(double, traffic, message, response).catch((error: unknown) => {
			if (response.headersSent) response.destroy();
			else response.writeHead(500).end(String((error as Error).stack));
		});
	});
	server.on('upgrade', (_message, socket: Socket) => {
		socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
	});
	// 0: no limit, and no `Keep-Alive` hint in the answers, which the Go servers do not send either.
	server.keepAliveTimeout = 0;
	server.requestTimeout = 0;
}

async function respond(double: Double, traffic: Traffic, message: IncomingMessage, response: ServerResponse) {
	const request = await describeRequest(double, message);
	traffic.add(request);
	const ending = await withFault(request, traffic.takeFault(request), () => handle(double, request, message));
	if (ending === undefined) return;
	if (ending === 'reset') message.socket.resetAndDestroy();
	else if (ending === 'hang-up') message.socket.destroy();
	else await send(ending, response);
}

async function withFault(
	request: LoggedRequest,
	planned: PlannedFault | undefined,
	handler: () => Promise<Ending>,
): Promise<Ending> {
	if (planned === undefined) return handler();
	const { fault, afterwards, during } = planned;
	if (fault.kind === 'slow') await sleep(fault.ms);
	if (fault.kind === 'slow') return handler();
	if (afterwards) await handler();
	if (during !== undefined) await Promise.race([handler(), sleep(during)]);
	return faultAnswer(fault, request.path);
}

async function handle(double: Double, request: LoggedRequest, message: IncomingMessage): Promise<Ending> {
	const isAuthorized = request.headers.authorization === `Bearer ${double.apiKey}`;
	if (request.plane === 'toolbox') return handleToolbox(double, request, message, isAuthorized);
	if (request.plane === 'other') return handleOther(request);
	if (!isAuthorized) return apiError(401, 'Invalid credentials', request.path);
	const match = controlRoute(request.method, request.path.slice('/api'.length));
	const fail = (status: number, text: string) => apiError(status, text, request.path);
	if (match === undefined) return fail(404, `Cannot ${request.method} ${request.path}`);
	return match.handler({ double, request, parameters: match.parameters, fail });
}

function handleOther({ path }: LoggedRequest): Answer {
	return path.startsWith('/build-logs/') ? { status: 200, body: 'Step 1/1 : FROM\n' } : emptyAnswer(404);
}

async function handleToolbox(
	double: Double,
	request: LoggedRequest,
	message: IncomingMessage,
	isAuthorized: boolean,
): Promise<Ending> {
	const sandbox = double.sandboxes.get(request.sandboxId ?? '');
	const refusal = proxyAnswer(sandbox, request, isAuthorized);
	if (refusal !== undefined || sandbox === undefined) return refusal;
	const match = toolboxRoute(request.method, daemonPath(request.path));
	if (match === undefined) return { status: 404, body: '404 page not found' };
	const call = toolboxCall(double, sandbox, request, message, match.parameters);
	return untilInterrupted(sandbox, Promise.resolve(match.handler(call)));
}

/** The handler's answer, or the way in which its sandbox went away meanwhile. */
function untilInterrupted(sandbox: Sandbox, answer: Promise<Answer | undefined>): Promise<Ending> {
	return new Promise((resolve, reject) => {
		let isSilenced = false;
		const interrupt = (interruption: Interruption) => {
			isSilenced = true;
			if (interruption === 'reset') resolve('reset');
			if (interruption === 'bad-gateway') resolve(emptyAnswer(502));
		};
		sandbox.interrupts.add(interrupt);
		const settle = (act: () => void) => {
			sandbox.interrupts.delete(interrupt);
			if (!isSilenced) act();
		};
		answer.then(
			(ending) => settle(() => resolve(ending)),
			(error: unknown) => settle(() => reject(error)),
		);
	});
}

function daemonPath(path: string): string {
	return path.replace(/^\/toolbox\/[^/]+/, '');
}

async function describeRequest(double: Double, message: IncomingMessage): Promise<LoggedRequest> {
	const url = new URL(message.url ?? '/', double.origin);
	const method = message.method ?? '';
	const path = url.pathname;
	const plane = /^\/toolbox\/./.test(path) ? 'toolbox' : path.startsWith('/api/') ? 'control' : 'other';
	const match =
		plane === 'toolbox' ? toolboxRoute(method, daemonPath(path)) : controlRoute(method, path.slice('/api'.length));
	const names = [...new Set(url.searchParams.keys())];
	return {
		method,
		path,
		route: match?.route ?? `${method} ${path}`,
		plane,
		sandboxId: plane === 'toolbox' ? path.split('/')[2] : undefined,
		query: Object.fromEntries(url.searchParams),
		lists: Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)])),
		headers: message.headers,
		body: await readJson(message),
	};
}

/** Other bodies are left to their handlers, which read them as they arrive. */
async function readJson(message: IncomingMessage): Promise<unknown> {
	if (!message.headers['content-type']?.startsWith('application/json')) return undefined;
	const text = (await collect(message)).toString('utf8');
	try {
		return text === '' ? undefined : JSON.parse(text);
	} catch {
		return text;
	}
}

async function send({ status, headers, body }: Answer, response: ServerResponse): Promise<void> {
	if (body instanceof Readable) {
		response.writeHead(status, headers);
		// A client that goes away ends the transfer; the daemon takes no notice either.
		await pipeline(body, response).catch(() => {});
		return;
	}
	const length = body === undefined || status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) };
	response.writeHead(status, { ...headers, ...length }).end(body);
}
