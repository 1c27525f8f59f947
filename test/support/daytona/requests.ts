import type { IncomingHttpHeaders } from 'node:http';

export interface LoggedRequest {
	readonly method: string;
	/** As sent, without the query. */
	readonly path: string;
	/** Method and path with `{id}` for what varies, without `/api` or `/toolbox/<id>`: `POST /process/execute`. */
	readonly route: string;
	readonly plane: 'control' | 'toolbox' | 'other';
	readonly sandboxId: string | undefined;
	readonly query: Readonly<Record<string, string>>;
	/** Every value of each name, for the names that are sent more than once. */
	readonly lists: Readonly<Record<string, readonly string[]>>;
	readonly headers: IncomingHttpHeaders;
	/** The parsed body of a JSON request. */
	readonly body: unknown;
}

/** A route, a plane, or a question about the request. */
export type RequestFilter = string | ((request: LoggedRequest) => boolean);

export interface RequestLog {
	readonly entries: readonly LoggedRequest[];
	matching(filter: RequestFilter): readonly LoggedRequest[];
	count(filter?: RequestFilter): number;
	reset(): void;
}

export function matches(request: LoggedRequest, filter: RequestFilter): boolean {
	if (typeof filter === 'function') return filter(request);
	return filter === request.route || filter === request.plane;
}

export function createRequestLog(): { readonly log: RequestLog; add(request: LoggedRequest): void } {
	const entries: LoggedRequest[] = [];
	const matching = (filter: RequestFilter) => entries.filter((request) => matches(request, filter));
	return {
		log: {
			entries,
			matching,
			count: (filter) => (filter === undefined ? entries.length : matching(filter).length),
			reset: () => void entries.splice(0),
		},
		add: (request) => void entries.push(request),
	};
}
