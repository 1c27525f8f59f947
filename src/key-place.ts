import type { Project } from './project.ts';

type Places = Pick<Project, 'envFiles' | 'modelKeyFile' | 'targets'>;

function listed(places: readonly string[]): string {
	return places.length < 2 ? places.join('') : `${places.slice(0, -1).join(', ')} or ${places.at(-1)}`;
}

/** Where the key belongs in this project, as the end of a sentence: beside the model provider's key. */
export function keyPlace({ modelKeyFile, targets }: Places): string {
	const isTarget = (target: string) => targets.some(({ value }) => value === target);
	const places = [
		modelKeyFile === undefined ? '.env' : `${modelKeyFile}, where the model provider's key is`,
		...(isTarget('cloudflare') ? ['`wrangler secret put` for Cloudflare'] : []),
		...(isTarget('github-actions') ? ["the repository's secrets for GitHub Actions"] : []),
	];
	if (places.length > 1) return listed(places);
	return modelKeyFile === undefined ? 'a .env file, CI secrets or a Cloudflare secrets bundle' : listed(places);
}

/** A warning when the file that is to hold the key could be committed. */
export function unignoredKeyFile({ envFiles, modelKeyFile }: Places): string | undefined {
	const file = envFiles.find(({ path }) => path === (modelKeyFile ?? '.env'));
	if (file === undefined || file.ignoredByGit) return undefined;
	return `${file.path} is not ignored by git: add it to .gitignore before a key is in it.`;
}
