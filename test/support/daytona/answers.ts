import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** What goes back to the client; `undefined` in place of an answer means that none ever comes. */
export interface Answer {
	readonly status: number;
	readonly headers?: OutgoingHttpHeaders;
	readonly body?: string | Buffer | Readable;
}

export interface DaemonError {
	readonly status: number;
	readonly message: string;
	readonly code: string;
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
	400: 'Bad Request',
	401: 'Unauthorized',
	403: 'Forbidden',
	404: 'Not Found',
	409: 'Conflict',
};

export function jsonAnswer(status: number, body: unknown): Answer {
	return { status, headers: { 'Content-Type': 'application/json; charset=utf-8' }, body: JSON.stringify(body) };
}

export function emptyAnswer(status: number): Answer {
	return { status, headers: status === 204 ? {} : { 'Content-Length': 0 } };
}

/** The body of NestJS's exception filter, which the control plane answers with. */
export function apiError(status: number, message: string, path: string): Answer {
	return jsonAnswer(status, {
		path,
		timestamp: new Date().toISOString(),
		statusCode: status,
		error: STATUS_TEXT[status] ?? 'Error',
		message,
	});
}

export function throttled(retryAfterSeconds: number, path: string): Answer {
	const { status, headers, body } = apiError(429, 'ThrottlerException: Too Many Requests', path);
	return {
		status,
		headers: {
			...headers,
			'X-RateLimit-Limit-authenticated': 50_000,
			'X-RateLimit-Remaining-authenticated': 0,
			'X-RateLimit-Reset-authenticated': retryAfterSeconds,
			'Retry-After-authenticated': retryAfterSeconds,
			'Retry-After': retryAfterSeconds,
		},
		...(body === undefined ? {} : { body }),
	};
}

/** The body that the daemon and the proxies in front of it answer with; only newer ones name themselves in `source`. */
export function daemonErrorBody(error: DaemonError, path: string, method: string, source?: string): object {
	return {
		statusCode: error.status,
		message: error.message,
		code: error.code,
		timestamp: new Date().toISOString(),
		path,
		method,
		...(source === undefined ? {} : { source }),
	};
}
