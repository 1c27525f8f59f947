import { type Answer, emptyAnswer, jsonAnswer, throttled } from './answers.ts';
import { type LoggedRequest, matches, type RequestFilter } from './requests.ts';

export type Fault =
	| { readonly kind: 'throttle'; readonly retryAfterSeconds?: number }
	| { readonly kind: 'bad-gateway' }
	| { readonly kind: 'answer'; readonly status: number; readonly body?: unknown }
	/** What a proxy that knows nothing of Daytona sends: 200, and a page. */
	| { readonly kind: 'page' }
	/** The connection is reset: ECONNRESET. */
	| { readonly kind: 'reset' }
	/** The connection is closed without an answer: `socket hang up`. */
	| { readonly kind: 'hang-up' }
	/** The connection stays open and nothing is ever answered. */
	| { readonly kind: 'silent' }
	/** Carried out and answered as usual, so much later. */
	| { readonly kind: 'slow'; readonly ms: number };

export interface Injection {
	/** How many requests; 1 if not given. */
	readonly times?: number;
	/** Only these requests count and fail. */
	readonly on?: RequestFilter;
	/** The request is carried out first, and only its answer is lost. */
	readonly afterwards?: boolean;
	/** The request is being carried out while it fails, so many milliseconds after it came. */
	readonly during?: number;
}

export interface Faults {
	/** Returns what ends it early. */
	inject(fault: Fault, injection?: Injection): () => void;
	clear(): void;
}

export interface PlannedFault {
	readonly fault: Fault;
	readonly afterwards: boolean;
	readonly during: number | undefined;
}

export function createFaults(): Faults & { take(request: LoggedRequest): PlannedFault | undefined } {
	const planned: { readonly fault: Fault; readonly injection: Injection; left: number }[] = [];
	return {
		inject(fault, injection = {}) {
			const entry = { fault, injection, left: injection.times ?? 1 };
			planned.push(entry);
			return () => void (entry.left = 0);
		},
		clear: () => void planned.splice(0),
		take(request) {
			const applies = ({ on }: Injection) => on === undefined || matches(request, on);
			const entry = planned.find(({ left, injection }) => left > 0 && applies(injection));
			if (entry === undefined) return undefined;
			entry.left -= 1;
			return { fault: entry.fault, afterwards: entry.injection.afterwards ?? false, during: entry.injection.during };
		},
	};
}

export type BrokenConnection = 'reset' | 'hang-up';

/** The answer of a fault that has one. */
export function faultAnswer(fault: Fault, path: string): Answer | BrokenConnection | undefined {
	switch (fault.kind) {
		case 'throttle':
			return throttled(fault.retryAfterSeconds ?? 1, path);
		case 'bad-gateway':
			return emptyAnswer(502);
		case 'answer':
			return fault.body === undefined ? emptyAnswer(fault.status) : jsonAnswer(fault.status, fault.body);
		case 'page':
			return { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>Sign in</html>' };
		case 'reset':
		case 'hang-up':
			return fault.kind;
		case 'silent':
		case 'slow':
			return undefined;
	}
}
