import { specOf } from './connector-packages.ts';
import { CONTRACT_DEMANDS } from './contract-words.ts';
import { type Marker, readMarker } from './marker.ts';
import { packagesToInstall } from './plan.ts';
import { runtimeWords } from './project.ts';
import type { Prospect } from './prospect.ts';
import { RUNTIME_PROFILES, type RuntimeProfile } from './runtime-profiles.ts';

function classReasons(made: RuntimeProfile, now: RuntimeProfile): string[] {
	const gone = made.errors.filter((name) => !now.errors.includes(name));
	const come = now.errors.filter((name) => !made.errors.includes(name));
	return [
		...gone.map((name) => `This runtime has no \`${name}\`: a file that imports it cannot be loaded.`),
		...come.map((name) => `This runtime has \`${name}\`, which tells Flue what went wrong.`),
	];
}

function profileReasons({ project }: Prospect, made: RuntimeProfile): string[] {
	const { profile } = project.runtime;
	if (made.since === profile.since) return [];
	return [
		`The file was made for @flue/runtime ${made.since}, and this project has ${runtimeWords(project.runtime)}.`,
		...(made.contract === profile.contract
			? []
			: [
					`That runtime asked for ${CONTRACT_DEMANDS[made.contract]}.`,
					`This one asks for ${CONTRACT_DEMANDS[profile.contract]}.`,
				]),
		...classReasons(made, profile),
	];
}

function templateReasons({ plan }: Prospect, { templateVersion }: Marker): string[] {
	const current = readMarker(plan.files[0]?.content ?? '')?.templateVersion ?? templateVersion;
	return templateVersion === current
		? []
		: [`The file is from template ${templateVersion} of this tool; the current one is ${current}.`];
}

function packageReasons({ plan }: Prospect): string[] {
	return packagesToInstall(plan).map((spec) => `The connector needs ${specOf(spec)}, which is missing or too old.`);
}

/** Why the file changes, in sentences; `marker` is that of the file as it is. */
export function updateReasons(prospect: Prospect, marker: Marker | undefined): string[] {
	const made = RUNTIME_PROFILES.find(({ since }) => since === marker?.profile);
	const reasons = [
		...(marker === undefined ? [] : templateReasons(prospect, marker)),
		...(made === undefined ? [] : profileReasons(prospect, made)),
	];
	const foreign = prospect.changes.some(({ kind }) => kind === 'conflict' || kind === 'replace');
	const fallback = foreign ? ['The file is not the one that this tool writes for this project.'] : [];
	return [...(reasons.length > 0 ? reasons : fallback), ...packageReasons(prospect)];
}
