/** The fields that a template reads; a list's items have fields of their own. */
interface Fields {
	readonly [name: string]: Fields;
}

type View = Readonly<Record<string, unknown>>;

/** Throws when the view lacks a field that the template reads. */
export function checkView(template: string, view: View, fields: Fields): void {
	for (const [name, inner] of Object.entries(fields)) {
		const value = view[name];
		if (value === undefined) throw new Error(`The template ${template} reads "${name}", which its view does not have.`);
		if (Array.isArray(value)) for (const item of value) checkView(template, item as View, inner);
	}
}

/** What `{{#if}}` takes for true. */
export function holds(value: unknown): boolean {
	return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
