import jsTokens from 'js-tokens';
import type { Contract } from '../ecosystem/flue-runtimes.ts';

/** Neither comments nor strings. */
function namesAndPunctuators(code: string): string[] {
	return Array.from(jsTokens(code)).flatMap(({ type, value }) =>
		type === 'IdentifierName' || type === 'Punctuator' ? [value] : [],
	);
}

/** `options.timeout`, `options?.timeout` and `{ timeout }`, but neither `timeout: 5` nor an assignment. */
function readsTimeout(tokens: readonly string[]): boolean {
	return tokens.some((token, n) => {
		const [before = '', after = ''] = [tokens[n - 1], tokens[n + 1]];
		if (token !== 'timeout') return false;
		if (before === '.' || before === '?.') return after !== '=';
		return '{,'.includes(before) && before !== '' && [',', '}', '='].includes(after);
	});
}

/** The contract that somebody's code follows, by the names that it uses; undefined where they leave a doubt. */
export function readContract(code: string): Contract | undefined {
	const tokens = namesAndPunctuators(code);
	const names = new Set(tokens);
	const isDriver = names.has('sandboxFromDriver') || names.has('createSandbox');
	const isSession = names.has('createSessionEnv') || names.has('createSandboxSessionEnv');
	if (isDriver || !isSession) return isDriver && !isSession ? 'driver' : undefined;
	const readsSeconds = readsTimeout(tokens);
	if (names.has('timeoutMs')) return readsSeconds ? undefined : 'session-ms';
	return readsSeconds ? 'session' : undefined;
}
