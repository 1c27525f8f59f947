import type { Project } from '../project/project.ts';
import type { EnvKey } from './plan.ts';
import type { Environment } from '../terminal/context.ts';

type Places = Pick<Project, 'envFiles' | 'modelKeyFile' | 'targets'>;

export interface KeyState extends EnvKey {
	/** Where it has a value: "environment", or an env file; never the value. */
	readonly setIn: string | undefined;
}

/** Which of the names have a value, in the environment or in an env file of the project. */
export function keyStates(keys: readonly EnvKey[], { envFiles }: Places, env: Environment): KeyState[] {
	return keys.map((key) => {
		const file = envFiles.find(({ filled }) => filled.has(key.name))?.path;
		return { ...key, setIn: (env[key.name] ?? '') === '' ? file : 'environment' };
	});
}

function listed(places: readonly string[]): string {
	return places.length < 2 ? places.join('') : `${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
}

/** Where a key belongs in this project: beside the model provider's, and where the deployment targets keep theirs. */
export function keyPlaces({ modelKeyFile, targets }: Omit<Places, 'envFiles'>): string[] {
	const isTarget = (target: string) => targets.some(({ value }) => value === target);
	const places = [
		...(modelKeyFile === undefined ? [] : [`${modelKeyFile}, where the model provider's key is`]),
		...(isTarget('cloudflare') ? ['`wrangler secret put` for Cloudflare'] : []),
		...(isTarget('github-actions') ? ["the repository's secrets for GitHub Actions"] : []),
	];
	if (modelKeyFile !== undefined) return places;
	return places.length > 0 ? ['.env', ...places] : ['a .env file, CI secrets or a Cloudflare secrets bundle'];
}

/** The same as the end of a sentence. */
export function keyPlace(project: Omit<Places, 'envFiles'>): string {
	return listed(keyPlaces(project));
}

/** A warning when the file that is to hold the key could be committed. */
export function unignoredKeyFile({ envFiles, modelKeyFile }: Places): string | undefined {
	const file = envFiles.find(({ path }) => path === (modelKeyFile ?? '.env'));
	if (file === undefined || file.ignoredByGit) return undefined;
	return `${file.path} is not ignored by git: add it to .gitignore before a key is in it.`;
}
