import type { DeploymentTarget, Project } from '../project/project.ts';
import type { EnvKey } from './plan.ts';
import type { Environment } from '../terminal/context.ts';

type Places = Pick<Project, 'envFiles' | 'otherEnvFiles' | 'modelKeyFile' | 'targets'>;

export interface KeyState extends EnvKey {
	/** Where it has a value: "environment", or an env file; never the value. */
	readonly setIn: string | undefined;
}

const DEV_VARS = '.dev.vars';

function isFor({ targets }: Pick<Places, 'targets'>, target: DeploymentTarget): boolean {
	return targets.some(({ value }) => value === target);
}

/** Where `.dev.vars` exists, wrangler and Cloudflare's Vite plugin read no `.env`. */
function usesDevVars(places: Places): boolean {
	return isFor(places, 'cloudflare') && places.envFiles.some(({ path }) => path === DEV_VARS);
}

/** The file in which a key is on the developer's machine. */
export function keyFile(places: Places): string {
	return usesDevVars(places) ? DEV_VARS : (places.modelKeyFile ?? '.env');
}

/** Which of the names have a value, in the environment or in an env file of the project. */
export function keyStates(keys: readonly EnvKey[], places: Places, env: Environment): KeyState[] {
	const isOnlyDevVars = usesDevVars(places) && !isFor(places, 'node');
	const files = places.envFiles.filter(({ path }) => !isOnlyDevVars || path === DEV_VARS);
	return keys.map((key) => {
		const file = files.find(({ filled }) => filled.has(key.name))?.path;
		return { ...key, setIn: (env[key.name] ?? '') === '' ? file : 'environment' };
	});
}

interface UnreadFile {
	/** What does not read it: "flue run", "wrangler". */
	readonly reader: string;
	/** Whether something else of the project does. */
	readonly isReadElsewhere: boolean;
}

/** Whether an env file is one that a tool of this project passes over. Flue before 0.9 reads the one that `--env` names. */
export function unreadFile(
	path: string,
	{ envFiles, targets, runtime }: Places & Pick<Project, 'runtime'>,
): UnreadFile | undefined {
	const isCloudflare = targets.some(({ value }) => value === 'cloudflare');
	const hasDevVars = envFiles.some((file) => file.path === '.dev.vars');
	const isReadByFlue = path === '.env' || !runtime.profile.readsEnvFile;
	const isReadByWrangler = isCloudflare && (path === '.dev.vars' || !hasDevVars);
	if (isCloudflare && !isReadByWrangler) return { reader: 'wrangler', isReadElsewhere: isReadByFlue };
	return isReadByFlue || isReadByWrangler ? undefined : { reader: 'flue run', isReadElsewhere: false };
}

function listed(places: readonly string[]): string {
	return places.length < 2 ? places.join('') : `${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
}

function localPlace(places: Places): string {
	const file = keyFile(places);
	const withModelKey = places.modelKeyFile === file ? ", next to your model provider's key" : '';
	return `in ${file}` + withModelKey + (file === DEV_VARS ? ' (beside it wrangler reads no .env)' : '');
}

/** Where a key belongs in this project: beside the model provider's, and where the deployment targets keep theirs. */
function keyPlaces(name: string, places: Places): string[] {
	const remote = [
		...(isFor(places, 'cloudflare') ? [`with \`wrangler secret put ${name}\` for Cloudflare`] : []),
		...(isFor(places, 'github-actions') ? ["in the repository's secrets for GitHub Actions"] : []),
	];
	const { values, isNamed } = places.otherEnvFiles;
	if (isNamed) return [`in ${values}, which a script of this package names`, ...remote];
	const isKnown = places.modelKeyFile !== undefined || remote.length > 0;
	return isKnown ? [localPlace(places), ...remote] : ['in a .env file, CI secrets or a Cloudflare secrets bundle'];
}

/** The same as the end of a sentence. */
export function keyPlace(name: string, places: Places): string {
	return listed(keyPlaces(name, places));
}

/** What is left to the user: files that are neither read nor changed here. */
export function otherKeyFiles(name: string, { otherEnvFiles }: Pick<Places, 'otherEnvFiles'>): string[] {
	const { schema, values, isNamed, example } = otherEnvFiles;
	return [
		...(schema === undefined
			? []
			: [`${schema} declares variables for varlock: ${name} belongs there too, which is left to the user.`]),
		...(values === undefined || isNamed
			? []
			: [`The workspace has ${values}, which Flue reads only where it is told to: flue run --env ${values}.`]),
		...(example === undefined
			? []
			: [`The workspace has ${example}: ${name} belongs there too, which is left to the user.`]),
	];
}

/** A warning when the file that is to hold the key could be committed. */
export function unignoredKeyFile(places: Places): string | undefined {
	const file = places.envFiles.find(({ path }) => path === keyFile(places));
	if (file === undefined || file.ignoredByGit) return undefined;
	return `${file.path} is not ignored by git: add it to .gitignore before a key is in it.`;
}
