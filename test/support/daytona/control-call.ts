import type { Answer } from './answers.ts';
import type { Double } from './double.ts';
import type { LoggedRequest } from './requests.ts';

/** One request to the control plane. */
export interface ControlCall {
	readonly double: Double;
	readonly request: LoggedRequest;
	readonly parameters: readonly string[];
	fail(status: number, message: string): Answer;
}

export function slicePage<T>(all: readonly T[], limit: number, from: number) {
	const end = from + limit;
	return { page: all.slice(from, end), next: end < all.length ? end : undefined };
}
