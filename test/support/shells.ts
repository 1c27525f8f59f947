import { execFileSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';
import type { DaytonaOptions } from './daytona/double.ts';

/** An image of a sandbox: which shell Daytona starts in it, and what is on its PATH. */
export interface Image {
	readonly name: string;
	readonly options: Pick<DaytonaOptions, 'shell' | 'env'>;
	readonly hasSetsid: boolean;
	/** What commands run in. */
	readonly commandShell: 'bash' | 'sh';
}

const SHELLS = ['bash', 'dash', 'busybox', 'zsh', 'mksh'] as const;

type Shell = (typeof SHELLS)[number];

/** The images that this machine can stand in for; to be called while a test file is collected. */
export function findImages(): readonly Image[] {
	return SHELLS.flatMap((name): Image[] => {
		const path = findProgram(name);
		if (path === undefined) return [];
		if (name === 'busybox') return [busyboxImage(path)];
		return [{ name, options: { shell: { path } }, hasSetsid: true, commandShell: 'bash' }];
	});
}

export function missingShells(): readonly string[] {
	return SHELLS.filter((name) => findProgram(name) === undefined);
}

function findProgram(name: string): string | undefined {
	return programFolders()
		.map((folder) => join(folder, name))
		.find(isExecutable);
}

function programFolders(): readonly string[] {
	return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** As in Alpine: every program is busybox, and there is no bash. */
function busyboxImage(busybox: string): Image {
	const folder = temporaryFolder();
	for (const applet of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n')) {
		symlinkSync(realpathSync(busybox), join(folder, applet));
	}
	const options = { shell: { path: join(folder, 'ash') }, env: { PATH: folder } };
	return { name: 'busybox ash', options, hasSetsid: true, commandShell: 'sh' };
}

/** Every program of this machine but these, with a certain `sh`: dash where there is one, if none is named. */
export function imageWithout(name: string, missing: readonly string[], sh: Shell = 'dash'): Image {
	const folder = temporaryFolder();
	const shell = findProgram(sh);
	for (const [program, path] of programsOf(programFolders())) {
		if (!missing.includes(program))
			symlinkSync(program === 'sh' && shell !== undefined ? shell : path, join(folder, program));
	}
	const commandShell = missing.includes('bash') ? 'sh' : 'bash';
	const options = { shell: { path: join(folder, commandShell) }, env: { PATH: folder } };
	return { name, options, hasSetsid: !missing.includes('setsid'), commandShell };
}

/** One for each shell that `sh` can be, with setsid and without. */
export function imagesBySh(): readonly Image[] {
	return SHELLS.flatMap((sh) =>
		findProgram(sh) === undefined
			? []
			: [imageWithout(`${sh} as sh`, [], sh), imageWithout(`${sh} as sh, and no setsid`, ['setsid'], sh)],
	);
}

function programsOf(folders: readonly string[]): ReadonlyMap<string, string> {
	const programs = new Map<string, string>();
	for (const folder of folders) {
		for (const program of listFolder(folder)) {
			if (!programs.has(program)) programs.set(program, join(folder, program));
		}
	}
	return programs;
}

function listFolder(folder: string): readonly string[] {
	try {
		return readdirSync(folder);
	} catch {
		return [];
	}
}

function temporaryFolder(): string {
	const folder = mkdtempSync(join(tmpdir(), 'image-'));
	afterAll(() => rmSync(folder, { recursive: true }));
	return folder;
}
