/**
 * Runs the tools of a Flue agent in a Daytona sandbox: defineAgent(() => ({ sandbox: daytona(sandbox), model }))
 * You own the sandbox: nothing here creates, starts, stops or deletes it.
 */
import type { Sandbox as DaytonaSandbox } from '@daytona/sdk';
import type { SandboxApi, SandboxFactory, ShellResult } from '@flue/runtime';
import { createSandboxSessionEnv } from '@flue/runtime';

export function daytona(sandbox: DaytonaSandbox): SandboxFactory {
	return {
		async createSessionEnv() {
			const api: SandboxApi = {
				...fileOperations(sandbox),
				exec: (command, options = {}) =>
					exec(sandbox, command, { ...options, deadlineSeconds: options.timeoutMs && options.timeoutMs / 1000 }),
			};
			return createSandboxSessionEnv(api, await workingDirectory(sandbox));
		},
	};
}

function sandboxDied(_operation: string, message: string): Error {
	return new Error(message);
}

const workingDirectories = new WeakMap<DaytonaSandbox, Promise<string | undefined>>();

/** Cached: Daytona fixes it when it creates a sandbox. Flue itself applies the `cwd` of an agent. */
async function workingDirectory(sandbox: DaytonaSandbox): Promise<string> {
	const asked = workingDirectories.get(sandbox) ?? whileAlive(sandbox, 'getWorkDir', sandbox.getWorkDir());
	workingDirectories.set(sandbox, asked);
	asked.catch(() => workingDirectories.delete(sandbox));
	const directory = await asked;
	if (directory === undefined) throw new Error('Daytona names no working directory for this sandbox.');
	return directory;
}

interface Script {
	readonly operation: string; // What messages call it.
	readonly text: string;
	readonly words: readonly string[]; // "$1", "$2"... of the text.
	readonly program?: string; // $_program of the text.
	readonly input?: Buffer | undefined; // What it reads, in base64.
	readonly limitSeconds?: number; // When Daytona kills its shell; 0 for never.
	readonly id?: string; // Where `$_id:` is printed, a new part of the output begins.
}

// Daytona feeds the script to whatever shell the image has: that only starts `sh`. Nobody parses the words.
// The program is a variable, since `ps` shows words, and `pkill -f` would find our shells by them.
async function runScript(sandbox: DaytonaSandbox, script: Script): Promise<{ exitCode: number; output: string[] }> {
	const { operation, text, words, input, program, limitSeconds = 0, id = crypto.randomUUID() } = script;
	const shell = `sh -c ${quote(`_id=$1; shift; echo "$_id:"\n${text}`)} sh ${[id, ...words].map(quote).join(' ')}`;
	// One argument of a program holds 128 KiB at most, but echo is a builtin everywhere.
	const start = input === undefined ? `exec ${shell} </dev/null` : `echo '${input.toString('base64')}' | ${shell}`;
	const command = program === undefined ? start : `export _program=${quote(program)}; ${start}`;
	const call = sandbox.process.executeCommand(command, undefined, undefined, limitSeconds);
	const { exitCode, result } = await whileAlive(sandbox, operation, call);
	// What the image's own shell has to say comes before the id.
	const [noise = '', ...output] = typeof result === 'string' ? result.split(`${id}:\n`) : [];
	if (output.length > 0) return { exitCode, output };
	throw new Error(`${operation} failed: no shell of the sandbox has answered. ${noise.slice(0, 1000)}`.trim());
}

function quote(word: string): string {
	if (word.includes('\0')) throw new Error(`A command, path or variable cannot hold a NUL: ${JSON.stringify(word)}`);
	return `'${word.replaceAll("'", `'\\''`)}'`;
}

interface CommandOptions {
	readonly cwd?: string | undefined;
	readonly env?: Record<string, string> | undefined;
	readonly deadlineSeconds?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** Bytes of stdout, and of stderr, that a command may return: Daytona holds the answer in the sandbox's memory. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;
const NO_DEADLINE = 1_000_000_000;

async function exec(sandbox: DaytonaSandbox, command: string, options: CommandOptions): Promise<ShellResult> {
	const { cwd = '', env = {}, deadlineSeconds, signal } = options;
	signal?.throwIfAborted();
	const id = crypto.randomUUID();
	const mark = `${id}!\n`; // No argument of a process holds it, so that not even `ps` prints it.
	const deadline = deadlineSeconds && Math.min(Math.max(Math.ceil(deadlineSeconds), 0), NO_DEADLINE);
	// By env(1), since names such as UID or status are read-only in some shells.
	const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
	const limits = [OUTPUT_LIMIT + mark.length, Math.max(deadline ?? NO_DEADLINE, 1)].map(String);
	const directory = cwd.startsWith('/') ? cwd : `./${cwd}`;
	const words = [...limits, directory, ...(variables.length > 0 ? ['env', ...variables] : [])];
	// As in a script, where a backslash at the very end continues the line.
	const program = command.endsWith('\\') ? `${command}\n` : command;
	const source = Buffer.byteLength(program) > 1e5 ? { program: READ_PROGRAM, input: Buffer.from(program) } : { program };
	// The script keeps the deadline; Daytona's own is for a script that cannot.
	const limitSeconds = deadline === undefined ? 0 : deadline + 30;
	const settled = new AbortController();
	const cancelFailure = new Promise<never>((_resolve, reject) => {
		const text = 'The command could not be cancelled and may still be running';
		const fail = ({ message }: Error) => reject(new DOMException(`${text}: ${message}`, 'AbortError'));
		signal?.addEventListener('abort', () => cancelCommand(sandbox, id).catch(fail), { signal: settled.signal });
	});
	const start = Date.now();
	try {
		const call = runScript(sandbox, { operation: 'exec', text: EXEC_SCRIPT, words, limitSeconds, id, ...source });
		const { output } = await Promise.race([call, cancelFailure]);
		const isLate = deadline !== undefined && Date.now() - start >= deadline * 1000;
		return readResult(output, mark, isLate ? `stopped at the deadline of ${deadline} s` : 'ended from outside');
	} catch (error) {
		const { message, cause } = error as Error;
		const status = statusOf(cause) ?? 500;
		if (cause === undefined || (status < 500 && status !== 408)) throw error;
		// A proxy gave up waiting, or the script did not keep the deadline.
		const isEnded = status === 408 && (await cancelCommand(sandbox, id, 20).then(() => true, () => false));
		throw new Error(`${message}. The command ${isEnded ? 'was ended' : 'may still be running'}.`, { cause });
	} finally {
		settled.abort();
	}
}

/** Daytona cannot stop a command, so a second script does, and the call settles by itself. */
async function cancelCommand(sandbox: DaytonaSandbox, id: string, attempts = 100): Promise<void> {
	const script = { operation: 'cancel', text: CANCEL_SCRIPT, words: [id, String(attempts)], limitSeconds: 30 };
	if ((await runScript(sandbox, script)).exitCode !== 0) throw new Error('it was not found');
}

/** Reads what EXEC_SCRIPT prints. A stream without its mark was cut, or lost the processes that carry it. */
function readResult([stdout = '', stderr = '', last = '']: string[], mark: string, reason: string): ShellResult {
	const [code = '', ended = ''] = last.trim().split(',');
	const notes: string[] = [];
	let exitCode = ended === '' ? Number(code || 137) : 124;
	const [out = '', err = ''] = Object.entries({ stdout, stderr }).map(([name, text]) => {
		const isCut = Buffer.byteLength(text) >= OUTPUT_LIMIT;
		if (text.endsWith(mark)) return text.slice(0, -mark.length);
		if (isCut) notes.push(`${name} is cut after ${OUTPUT_LIMIT} bytes: redirect it to a file to have it all`);
		else if (code !== '' || ended !== '') notes.push(`the end of ${name} is lost`);
		if (!isCut) exitCode ||= 1;
		return isCut ? text.slice(0, -mark.length) : text;
	});
	if (ended !== '') notes.push(reason);
	else if (code === '') notes.push('the shell around the command did not report: killed by it, or for want of memory');
	const gap = notes.length === 0 || err === '' || err.endsWith('\n') ? '' : '\n';
	return { stdout: out, stderr: err + gap + notes.map((note) => `[${note}]\n`).join(''), exitCode };
}

// Output travels through pipes up to a mark: a job in the background may hold them open for ever. Words: bytes to keep of a
// stream, seconds, directory, what comes before the shell. What the command could inherit has a name with `_`.
const EXEC_SCRIPT = String.raw`
# 3: stderr of the command. 4: the answer. 5: what watch reads: process ids of the command and its parent, exit code.
exec 4>&1 2>/dev/null
# For the parent of the command. What is trapped, and not ignored, is not inherited.
_survive='trap : HUP INT QUIT ALRM USR1 USR2 TERM'
run_program() {
	read -r _pid _ _ _parent _rest </proc/self/stat && echo "$_pid $_parent" >&5
	cd -- "$1" 2>&3 && shift || exit 1
	for _shell in bash sh; do _path=$(command -v $_shell) && break; done
	set -- "$@" "$_path" -c "$_program" "$_shell"
	unset _program
	exec 4>&- 5>&-
	# A session of its own, or at least a process group, which timeout makes.
	command -v setsid >/dev/null && exec setsid "$@" 2>&3 3>&-
	exec timeout 1000000000 sh -c "$_survive"'; (exec "$@" 2>&3 3>&-); exit' sh "$@"
}
# The blanks push the mark out of the buffer of head. Some implementations of sed read one line more.
mark_end() { printf '%s!\n\n%8192s\n' "$_id" ''; }
# What exceeds the limit, or comes from a job after the mark, is read and dropped, so that nobody has to wait. 6: its input.
limit() {
	{ { head -c "$1"; exec cat >/dev/null; } <&6 3>&- 4>&- 5>&- 6<&- & } 6<&0 | LC_ALL=C sed "/$_id[!]/q"
}
watch() {
	ended= code=; read -r leader parent
	# Waits for the end of the command. CANCEL_SCRIPT finds it by its name.
	timeout "$1" sh -c 'read -r _' "watch $_id" >/dev/null
	case $? in 124 | 137 | 143) ended=ended && end_command >/dev/null ;; esac
	while read -r line; do code=$line; done
	echo "$code,$ended"
}
# Stopped first, down to the last fork: no script goes on with its next line because it loses a child.
end_command() {
	signal_until_none STOP 0 0 0 0 .01 .02 .05 .1 .2
	signal_each TERM; signal_each CONT
	signal_until_none 0 .01 .02 .02 .05 .05 .1 .1 .2 .2 .3 .3 .3 .3
	signal_until_none KILL 0 .01 .02 .05 .1 .2 .5
	kill -CONT "$parent"
}
# Again after each pause, until there is nobody to send it to.
signal_until_none() { signal=$1; shift; for pause; do [ "$(signal_each $signal)" ] && sleep $pause || break; done; }
signal_each() {
	# By cat, since sed stops at a file whose process has just ended.
	cat /proc/[0-9]*/stat | sed -nE 's/^([0-9]+) \(.*\) /\1 /p' | while read -r pid state above group session _; do
		case $leader in "$pid" | "$above" | "$group" | "$session") ;; *) continue ;; esac
		case $1$state in STOPT | *[ZX]) continue ;; esac
		kill "-$1" "$pid" && echo "$pid"
	done
}
{
	{
		{
			eval "$_survive"; (shift 2 && run_program "$@")
			printf '\n%s\n' $? >&5
			mark_end
		} | limit "$1" >&4
		echo "$_id:" >&4
		mark_end >&3
	} 3>&1 | limit "$1" | tail -c "$1" >&4
	echo "$_id:" >&4
} 5>&1 | watch "$2" >&4 4>&-`;
// In the place of a program that is too long for an argument.
const READ_PROGRAM = '_text=$(base64 -d) || exit 127; exec </dev/null; eval "unset _text; $_text\n"';
// Words: the id of the command, and how often to look for it, since it may not have begun.
const CANCEL_SCRIPT = String.raw`n=0
until [ "$(for p in $(grep -ls "[w]atch $1" /proc/[0-9]*/cmdline | tr -cd '0-9\n'); do kill $p && echo $p; done)" ]; do
	[ $((n += 1)) -lt "$2" ] && sleep .05 || exit 1
done`;

/** Up to these sizes a file travels in the request that also checks it. */
const SMALL_READ = 1024 * 1024;
const SMALL_WRITE = 256 * 1024;

/** By scripts: Daytona's own calls follow links, trim names, and know no reasons. Only what is large goes through them. */
function fileOperations(sandbox: DaytonaSandbox) {
	/** The path is the "$1" of the script. What it prints is the answer, or the reason why it fails. */
	async function run(name: string, path: string, text: string, words: readonly string[] = [], input?: Buffer) {
		const operation = `${name} ${path}`;
		const { exitCode, output } = await runScript(sandbox, { operation, text, words: [path, ...words], input });
		if (exitCode === 0) return output.join('');
		throw new Error(`${operation} failed: ${output.join('').trim().replace(/^sh: (?:line )?\d+: /, '')}`);
	}

	async function readBytes(path: string): Promise<Buffer> {
		const answer = await run('readFile', path, READ_SCRIPT, [String(SMALL_READ)]);
		const [size = ''] = answer.split('\n', 1);
		if (Number(size) <= SMALL_READ) return Buffer.from(answer.slice(size.length), 'base64');
		// With the boundary of Daytona's multipart answer inside, a file fails to arrive on Node and comes short elsewhere.
		const whole = await whileAlive(sandbox, 'readFile', sandbox.fs.downloadFile(path)).catch(() => undefined);
		if (whole !== undefined && whole.length >= Number(size)) return whole;
		const chunks: Buffer[] = [];
		for (let index = 0; index * SMALL_READ < Number(size); index++) {
			chunks.push(Buffer.from(await run('readFile', path, READ_CHUNK_SCRIPT, [String(index)]), 'base64'));
		}
		return Buffer.concat(chunks);
	}

	/** In place, which needs no second copy. By its checksum, since on serverless hosts the SDK reports no failure. */
	async function upload(path: string, bytes: Buffer<ArrayBuffer>): Promise<boolean> {
		// Daytona trims the path, and loses a file whose name breaks the header of its part.
		if (/^\s|\s$|["\\\p{Cc}]/u.test(path)) return false;
		await whileAlive(sandbox, 'writeFile', sandbox.fs.uploadFile(bytes, path)).catch(() => undefined);
		const sum = await run('writeFile', path, 'if [ -f "$1" ]; then sha256sum <"$1"; fi || true');
		return sum.startsWith(Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex'));
	}

	return {
		readFile: async (path: string) => (await readBytes(path)).toString('utf8'),
		readFileBuffer: async (path: string) => new Uint8Array(await readBytes(path)),
		async writeFile(path: string, content: string | Uint8Array): Promise<void> {
			const bytes = Buffer.from(content as Uint8Array);
			if (bytes.length > SMALL_WRITE && (await upload(path, bytes))) return;
			const parent = path.slice(0, path.lastIndexOf('/')) || '/';
			for (let start = 0; start === 0 || start < bytes.length; start += SMALL_WRITE) {
				const script = start === 0 ? 'mkdir -p -- "$2" && base64 -d >"$1"' : 'base64 -d >>"$1"';
				await run('writeFile', path, script, [parent], bytes.subarray(start, start + SMALL_WRITE));
			}
		},
		/** Of what a link leads to, but for `isSymbolicLink`. */
		async stat(path: string) {
			const answer = await run('stat', path, STAT_SCRIPT);
			const fields = /^(\w+) (\d+) (-?\d+) [^.\n]*(?:\.(\d{3}))?.*\n(link)?/.exec(answer);
			if (fields === null) throw new Error(`stat ${path} failed: ${answer}`);
			const [, mode = '', size, seconds, milliseconds = 0, link] = fields;
			const [type, isSymbolicLink] = [Number.parseInt(mode, 16) & 0o170000, link !== undefined];
			const mtime = new Date(Number(seconds) * 1000 + Number(milliseconds));
			return { isFile: type === 0o100000, isDirectory: type === 0o040000, isSymbolicLink, size: Number(size), mtime };
		},
		readdir: async (path: string) => (await run('readdir', path, READDIR_SCRIPT)).split('\0').slice(0, -1),
		exists: async (path: string) => (await run('exists', path, EXISTS_SCRIPT)).startsWith('yes'),
		mkdir: (path: string, { recursive }: { recursive?: boolean } = {}) =>
			run('mkdir', path, 'mkdir $2 -- "$1"', [recursive ? '-p' : '']).then(() => undefined),
		rm: (path: string, { recursive, force }: { recursive?: boolean; force?: boolean } = {}) =>
			run('rm', path, 'rm $2 $3 -- "$1"', [recursive ? '-r' : '', force ? '-f' : '']).then(() => undefined),
	};
}

const STAT_SCRIPT = `stat -Lc '%f %s %Y %y' -- "$1" && if [ -L "$1" ]; then echo link; fi`;
// Neither a pipe nor a device: reading one may never end.
const READ_SCRIPT = String.raw`if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file"; exit 1; fi
size=$(wc -c <"$1") && echo $size || exit 1
if [ $size -le "$2" ]; then base64 <"$1"; fi`;
const READ_CHUNK_SCRIPT = 'dd if="$1" bs=1048576 skip="$2" count=1 2>/dev/null | base64';
const READDIR_SCRIPT = String.raw`if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then ls -- "$1/." >/dev/null; exit 1; fi
for name in * .*; do
	case $name in . | ..) continue ;; esac
	if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\0' "$name"; fi
done`;
// It is not there, unless it may not be looked at.
const EXISTS_SCRIPT = String.raw`if [ -e "$1" ]; then echo yes; exit; fi
reason=$(LC_ALL=C ls -dL -- "$1" 2>&1)
case $reason in *ermission\ denied*) echo "$reason"; exit 1 ;; esac`;

const DEAD = 'stopping stopped pausing paused archiving archived destroying destroyed error build_failed'.split(' ');
const PROBE_INTERVAL_MS = 5_000; // And how long an answer may take.

const deathWatches = new WeakMap<DaytonaSandbox, ReturnType<typeof startDeathWatch>>();

/** Waits for a call, but no longer than the sandbox lives. What it throws says which operation failed, and why. */
async function whileAlive<T>(sandbox: DaytonaSandbox, operation: string, call: Promise<T>): Promise<T> {
	const watch = deathWatches.get(sandbox) ?? startDeathWatch(sandbox);
	deathWatches.set(sandbox, watch);
	watch.calls += 1;
	try {
		return await Promise.race([call, watch.death]);
	} catch (cause) {
		// A stopped sandbox answers 400 and a deleted one 404, as for a bad path: only its state tells them apart.
		const state = statusOf(cause) === 429 ? undefined : await watch.findDeadState();
		if (state === undefined) throw new Error(`${operation} failed: ${(cause as Error).message}`, { cause });
		const wayOut = 'Start it with sandbox.start(), or replace it if it is gone. A longer autoStopInterval keeps it.';
		throw sandboxDied(operation, `Sandbox ${operation} failed: the sandbox is ${state}. ${wayOut}`);
	} finally {
		watch.calls -= 1;
		if (watch.calls === 0) {
			clearInterval(watch.timer);
			deathWatches.delete(sandbox);
		}
	}
}

/** Daytona leaves calls pending when their sandbox dies. All that are pending share one timer, and one probe at a time. */
function startDeathWatch(sandbox: DaytonaSandbox) {
	let probe: Promise<string | undefined> | undefined;
	/** Undefined while it lives. No answer is no death: the API and the sandbox are reached by different ways. */
	const findDeadState = () =>
		(probe ??= Promise.race([
			new Promise<undefined>((resolve) => {
				AbortSignal.timeout(PROBE_INTERVAL_MS).addEventListener('abort', () => resolve(undefined));
			}),
			sandbox.refreshData().then(
				() => DEAD.find((state) => state === sandbox.state),
				(error: unknown) => (statusOf(error) === 404 ? 'destroyed' : undefined),
			),
		]).finally(() => (probe = undefined)));
	let timer: ReturnType<typeof setInterval> | undefined;
	const death = new Promise<never>((_resolve, reject) => {
		const end = (state?: string) => state && reject(new Error(`the sandbox is ${state}`));
		timer = setInterval(() => findDeadState().then(end), PROBE_INTERVAL_MS);
	});
	return { calls: 0, timer, death, findDeadState };
}

/** The SDK's error classes differ between its versions and copies; their `statusCode` does not. */
const statusOf = (error: unknown) => (error as { statusCode?: number } | undefined)?.statusCode;
