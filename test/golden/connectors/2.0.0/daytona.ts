/**
 * Runs the tools of a Flue agent in a Daytona sandbox: useSandbox(daytona(sandbox))
 * You own the sandbox: nothing here creates, starts, stops or deletes it.
 */
import type { Sandbox as DaytonaSandbox } from '@daytona/sdk';
import type { SandboxApi, SandboxFactory, ShellResult } from '@flue/runtime';
import { createSandboxSessionEnv, SandboxDiedError } from '@flue/runtime';

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

function sandboxDied(operation: string, state: string): Error {
	const error = new SandboxDiedError({ operation, reason: 'stopped' });
	return Object.assign(error, { message: deathMessage(operation, state) });
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

interface ScriptOptions {
	readonly id?: string;
	readonly input?: Buffer | undefined;
	/** A variable of the script: `ps` shows words, and `pkill -f` would find our shells by them. */
	readonly program?: string;
	readonly limitSeconds?: number;
}

type Script = readonly [script: string, ...words: string[]];

/** Runs a POSIX script on words that no shell parses, by way of the shell that the image has, to which Daytona feeds it. */
async function runScript(sandbox: DaytonaSandbox, operation: string, script: Script, options: ScriptOptions = {}) {
	const { id = crypto.randomUUID(), input, program, limitSeconds = 0 } = options;
	const [text, ...words] = script;
	const shell = `sh -c ${quote(`_id=$1; shift; echo "$_id:"\n${text}`)} sh ${[id, ...words].map(quote).join(' ')}`;
	// One argument of a program holds 128 KiB at most, but echo is a builtin everywhere.
	const start = input === undefined ? `exec ${shell} </dev/null` : `echo '${input.toString('base64')}' | ${shell}`;
	const command = program === undefined ? start : `export _program=${quote(program)}; ${start}`;
	const call = sandbox.process.executeCommand(command, undefined, undefined, limitSeconds);
	const { exitCode, result } = await whileAlive(sandbox, operation, call);
	// What the image's own shell has to say comes before the id.
	const [noise = '', ...output] = typeof result === 'string' ? result.split(`${id}:\n`) : [];
	if (output.length > 0) return { exitCode, output };
	throw new Error(`${operation} failed: no shell of the sandbox has answered. ${noise}`.trim());
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
const OUTPUT_LIMIT = 10 * 1024 * 1024;
const NO_DEADLINE = 1_000_000_000;

async function exec(sandbox: DaytonaSandbox, command: string, options: CommandOptions): Promise<ShellResult> {
	const { cwd = '', env = {}, deadlineSeconds, signal } = options;
	signal?.throwIfAborted();
	const id = crypto.randomUUID();
	const deadline = deadlineSeconds && Math.min(Math.max(Math.ceil(deadlineSeconds), 0), NO_DEADLINE);
	const limits = [OUTPUT_LIMIT + endMark(id).length, Math.max(deadline ?? NO_DEADLINE, 1)].map(String);
	const directory = cwd === '' || cwd.startsWith('/') ? cwd : `./${cwd}`;
	// By env(1), since names such as UID or status are read-only in some shells.
	const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
	const words = [...limits, directory, ...(variables.length > 0 ? ['env', ...variables] : [])];
	// As in a script, where a backslash at the very end continues the line.
	const text = Buffer.from(command.endsWith('\\') ? `${command}\n` : command);
	const source = text.length > 100_000 ? { program: READ_PROGRAM, input: text } : { program: text.toString() };
	// The script keeps the deadline; Daytona's own is for a script that cannot.
	const limitSeconds = deadline === undefined ? 0 : deadline + 10;
	const settled = new AbortController();
	const cancelFailure = new Promise<never>((_resolve, reject) => {
		signal?.addEventListener('abort', () => cancelCommand(sandbox, id).catch(reject), { signal: settled.signal });
	});
	const start = Date.now();
	try {
		const call = runScript(sandbox, 'exec', [EXEC_SCRIPT, ...words], { id, limitSeconds, ...source });
		const { output } = await Promise.race([call, cancelFailure]);
		return readResult(output, id, deadline);
	} catch (error) {
		const { message, cause } = error as Error;
		const status = statusOf(cause);
		if (cause === undefined || (status !== undefined && status < 500 && status !== 408)) throw error;
		const isEnded = status === 408 && (await cancelCommand(sandbox, id, 1).then(() => true, () => false));
		if (status === 408 && deadline !== undefined && Date.now() - start >= deadline * 1000) {
			return { stdout: '', stderr: `[stopped at the deadline of ${deadline} s, output lost]\n`, exitCode: 124 };
		}
		throw new Error(`${message}. The command ${isEnded ? 'was ended' : 'may still be running'}.`, { cause });
	} finally {
		settled.abort();
	}
}

/** Daytona cannot stop a command, so a second script does, and the call settles by itself. */
async function cancelCommand(sandbox: DaytonaSandbox, id: string, attempts = 100): Promise<void> {
	const call = runScript(sandbox, 'cancel', [CANCEL_SCRIPT, id, String(attempts)], { limitSeconds: 30 });
	const reason = await call.then(({ exitCode }) => exitCode !== 0 && 'it was not found', messageOf);
	if (reason === false) return;
	const message = `The command could not be cancelled and may still be running: ${reason}`;
	throw Object.assign(new Error(message), { name: 'AbortError' });
}

/** Ends each stream of a command. No argument of a process holds it, so that not even `ps` prints it. */
function endMark(id: string): string {
	return `${id}!\n`;
}

/** Reads what EXEC_SCRIPT prints. A stream without its mark was cut, or lost the processes that carry it. */
function readResult([stdout = '', stderr = '', ending = '']: string[], id: string, deadline?: number): ShellResult {
	const [code = '', late = ''] = ending.trim().split(',');
	const notes: string[] = [];
	let exitCode = code === '' ? 137 : Number(code);
	const read = (name: string, text: string) => {
		const isCut = !text.endsWith(endMark(id)) && Buffer.byteLength(text) >= OUTPUT_LIMIT;
		if (isCut) notes.push(`${name} is cut after ${OUTPUT_LIMIT} bytes: redirect it to a file to have it all`);
		if (isCut || text.endsWith(endMark(id))) return text.slice(0, -endMark(id).length);
		if (code !== '') notes.push(`the end of ${name} is lost`);
		exitCode ||= 1;
		return text;
	};
	const [out, err] = [read('stdout', stdout), read('stderr', stderr)];
	if (late !== '') {
		exitCode = 124;
		notes.push(deadline === undefined ? 'ended from outside' : `stopped at the deadline of ${deadline} s`);
	} else if (code === '') {
		notes.push('the shell around the command did not report: killed by the command, or for want of memory');
	}
	const gap = notes.length === 0 || err === '' || err.endsWith('\n') ? '' : '\n';
	return { stdout: out, stderr: err + gap + notes.map((note) => `[${note}]\n`).join(''), exitCode };
}

/**
 * Words: bytes to keep of a stream, seconds, directory, what comes before the shell. Output travels through pipes up to a
 * mark, since a job in the background may hold them open for ever. What the command could inherit has a name with `_`.
 */
const EXEC_SCRIPT = String.raw`
# 3: stderr of the command. 4: the answer. 5: for watch: the process id of the command, then its exit code.
exec 4>&1 2>/dev/null

run_program() {
	read -r _pid _rest </proc/self/stat
	echo "$_pid" >&5
	exec 2>&3 3>&- 4>&-
	[ -z "$1" ] || cd -- "$1" || exit 1
	shift
	for _shell in bash sh; do _path=$(command -v $_shell) && break; done
	if command -v setsid >/dev/null; then set -- setsid "$@"; fi
	set -- "$@" "$_path" -c "$_program" "$_shell"
	unset _program
	exec "$@" 5>&-
}

# The blanks push the mark out of the buffer of head. Some implementations of sed read one line more.
mark_end() { printf '%s!\n\n%8192s\n' "$_id" ''; }

# What exceeds the limit, or comes from a job after the mark, is read and dropped, so that nobody has to wait.
keep() {
	{ { head -c "$1"; exec cat >/dev/null; } <&6 3>&- 4>&- 5>&- 6<&- & } 6<&0 | LC_ALL=C sed "/$_id[!]/q"
}

watch() {
	late= code=
	read -r leader
	# Waits for the end of the command. CANCEL_SCRIPT finds it by its name.
	timeout "$1" sh -c 'read -r _' "watch $_id" >/dev/null
	case $? in 124 | 143) late=late && end_command ;; esac
	while read -r line; do code=$line; done
	echo "$code,$late"
}

end_command() {
	read -r _ _ _ _ our_group _ </proc/self/stat
	ours=$(grep -ls "$_id" /proc/[0-9]*/cmdline)
	n=0
	# Stopped first, down to the last fork: no script goes on with its next line because it loses a child.
	while [ $n -lt 20 ] && send STOP; do n=$((n + 1)); done
	send TERM
	send CONT
	while [ $n -lt 80 ] && send 0; do n=$((n + 1)) && sleep .02; done
	while [ $n -lt 120 ] && send KILL; do n=$((n + 1)) && sleep .02; done
}

# To the session of the command; without setsid it has none, but is what we did not start in our own group.
send() {
	sed -nE 's/^([0-9]+) \(.*\) /\1 /p' /proc/[0-9]*/stat | {
		none=1
		while read -r pid state parent group session _; do
			case $1$state in STOPT | *[ZX]) continue ;; esac
			if [ "$pid" != "$leader" ] && [ "$session" != "$leader" ]; then
				case $ours in *"/$pid/"* | *"/$parent/"*) continue ;; esac
				if [ "$group" != "$our_group" ] || [ "$pid" = $PPID ]; then continue; fi
			fi
			kill "-$1" "$pid" && none=0
		done
		exit $none
	}
}

{
	{
		{
			trap : HUP TERM USR1 USR2
			(shift 2 && run_program "$@")
			printf '\n%s\n' $? >&5
			mark_end
		} | keep "$1" >&4
		echo "$_id:" >&4
		mark_end >&3
	} 3>&1 | keep "$1" | tail -c "$1" >&4
	echo "$_id:" >&4
} 5>&1 | watch "$2" >&4 4>&-`;

/** In the place of a program that is too long for an argument. */
const READ_PROGRAM = '_text=$(base64 -d) || exit 127; exec </dev/null; eval "unset _text; $_text\n"';

/** Words: the id of the command, and how often to look for it, since it may not have begun. */
const CANCEL_SCRIPT = String.raw`n=0
until kill $(grep -ls "[w]atch $1" /proc/[0-9]*/cmdline | tr -cd '0-9\n'); do
	n=$((n + 1))
	[ $n -lt "$2" ] && sleep .05 || exit 1
done`;

/** Up to these sizes a file travels in the request that also checks it. */
const SMALL_READ = 1024 * 1024;
const SMALL_WRITE = 256 * 1024;
const READ_CHUNK = 4 * 1024 * 1024;

/**
 * All by scripts, since Daytona's own file calls follow links, trim names, merge every failure into a status code, and know
 * neither `force` nor a plain mkdir. Only what is large goes through them, and is checked.
 */
function fileOperations(sandbox: DaytonaSandbox) {
	/** The path is the "$1" of the script. What it prints is the answer, or the reason why it fails. */
	async function run(operation: string, path: string, script: string, words: readonly string[] = [], input?: Buffer) {
		const name = `${operation} ${path}`;
		const { exitCode, output } = await runScript(sandbox, name, [script, path, ...words], { input });
		if (exitCode === 0) return output.join('');
		throw new Error(`${name} failed: ${output.join('').trim().replace(/^sh: (?:line )?\d+: /, '')}`);
	}

	async function readBytes(path: string): Promise<Buffer> {
		const answer = await run('readFile', path, READ_SCRIPT, [String(SMALL_READ)]);
		const [size = ''] = answer.split('\n', 1);
		if (Number(size) <= SMALL_READ) return Buffer.from(answer.slice(size.length), 'base64');
		// With the boundary of Daytona's multipart answer inside, a file fails to arrive on Node and comes short elsewhere.
		const whole = await whileAlive(sandbox, 'readFile', sandbox.fs.downloadFile(path)).catch(() => undefined);
		if (whole !== undefined && whole.length >= Number(size)) return whole;
		const chunks: Buffer[] = [];
		for (let index = 0; index * READ_CHUNK < Number(size); index++) {
			const chunk = await run('readFile', path, READ_CHUNK_SCRIPT, [String(READ_CHUNK), String(index)]);
			chunks.push(Buffer.from(chunk, 'base64'));
		}
		return Buffer.concat(chunks);
	}

	/** In place, which needs no second copy. By its checksum, since on serverless hosts the SDK reports no failure. */
	async function upload(path: string, bytes: Buffer<ArrayBuffer>): Promise<boolean> {
		// Daytona trims the path, and loses a file whose name breaks the header of its part.
		if (/^\s|\s$|["\\\p{Cc}]/u.test(path)) return false;
		await whileAlive(sandbox, 'writeFile', sandbox.fs.uploadFile(bytes, path)).catch(() => undefined);
		const digest = await crypto.subtle.digest('SHA-256', bytes);
		const sum = await run('writeFile', path, 'if [ -f "$1" ]; then sha256sum <"$1"; fi || true');
		return sum.startsWith(Buffer.from(digest).toString('hex'));
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
			const script = `stat -Lc '%f %s %Y %y' -- "$1" && if [ -L "$1" ]; then echo link; fi`;
			const answer = await run('stat', path, script);
			const fields = /^(\w+) (\d+) (-?\d+) [^.\n]*(?:\.(\d{3}))?.*\n(link)?/.exec(answer);
			if (fields === null) throw new Error(`stat ${path} failed: ${answer}`);
			const [, mode = '', size, seconds, milliseconds = 0, link] = fields;
			const type = Number.parseInt(mode, 16) & 0o170000;
			return {
				isFile: type === 0o100000,
				isDirectory: type === 0o040000,
				isSymbolicLink: link !== undefined,
				size: Number(size),
				mtime: new Date(Number(seconds) * 1000 + Number(milliseconds)),
			};
		},
		readdir: async (path: string) => (await run('readdir', path, READDIR_SCRIPT)).split('\0').slice(0, -1),
		exists: async (path: string) => (await run('exists', path, EXISTS_SCRIPT)).startsWith('yes'),
		async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
			await run('mkdir', path, MKDIR_SCRIPT, options?.recursive ? ['-p'] : []);
		},
		async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
			await run('rm', path, RM_SCRIPT, [...(options?.recursive ? ['-r'] : []), ...(options?.force ? ['-f'] : [])]);
		},
	};
}

// Neither a pipe nor a device: reading one may never end.
const READ_SCRIPT = String.raw`if [ -e "$1" ] && [ ! -f "$1" ]; then echo "$1: Not a regular file"; exit 1; fi
size=$(wc -c <"$1") || exit 1
echo $size
if [ $size -le "$2" ]; then base64 <"$1"; fi`;

const READ_CHUNK_SCRIPT = 'dd if="$1" bs="$2" skip="$3" count=1 2>/dev/null | base64';

const READDIR_SCRIPT = String.raw`if ! cd -- "$1" 2>/dev/null || [ ! -r . ]; then ls -- "$1/." >/dev/null; exit 1; fi
for name in * .*; do
	case $name in . | ..) continue ;; esac
	if [ -e "$name" ] || [ -L "$name" ]; then printf '%s\0' "$name"; fi
done`;

// It is not there, unless it may not be looked at.
const EXISTS_SCRIPT = String.raw`if [ -e "$1" ]; then echo yes; exit; fi
reason=$(LC_ALL=C ls -dL -- "$1" 2>&1)
case $reason in *ermission\ denied*) echo "$reason"; exit 1 ;; esac`;

const MKDIR_SCRIPT = 'path=$1; shift; mkdir "$@" -- "$path"';
const RM_SCRIPT = 'path=$1; shift; rm "$@" -- "$path"';

const DEAD_STATES =
	'stopping stopped pausing paused archiving archived destroying destroyed error build_failed'.split(' ');
/** A probe has as long for its answer. */
const PROBE_INTERVAL_MS = 5_000;

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
		const state = statusOf(cause) === 429 ? undefined : await watch.probe();
		if (state !== undefined) throw sandboxDied(operation, state);
		throw new Error(`${operation} failed: ${messageOf(cause)}`, { cause });
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
	let probing: Promise<string | undefined> | undefined;
	const probe = (): Promise<string | undefined> => {
		probing ??= findDeadState(sandbox).finally(() => {
			probing = undefined;
		});
		return probing;
	};
	let timer: ReturnType<typeof setInterval> | undefined;
	const death = new Promise<never>((_resolve, reject) => {
		timer = setInterval(async () => {
			const state = await probe();
			if (state !== undefined) reject(new Error(`the sandbox is ${state}`));
		}, PROBE_INTERVAL_MS);
	});
	return { calls: 0, timer, death, probe };
}

/** Undefined while it lives. No answer is no death: the API and the sandbox are reached by different ways. */
async function findDeadState(sandbox: DaytonaSandbox): Promise<string | undefined> {
	const limit = AbortSignal.timeout(PROBE_INTERVAL_MS);
	const silence = new Promise<never>((_resolve, reject) => limit.addEventListener('abort', reject));
	try {
		await Promise.race([sandbox.refreshData(), silence]);
		return DEAD_STATES.find((state) => state === sandbox.state);
	} catch (error) {
		return statusOf(error) === 404 ? 'destroyed' : undefined;
	}
}

function deathMessage(operation: string, state: string): string {
	const wayOut = 'Start it with sandbox.start(), or replace it if it is gone; a longer autoStopInterval keeps it alive.';
	return `Sandbox ${operation} failed: the sandbox is ${state}. ${wayOut}`;
}

/** The SDK's error classes differ between its versions and copies; their `statusCode` does not. */
function statusOf(error: unknown): number | undefined {
	return (error as { statusCode?: number } | undefined)?.statusCode;
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
