import { z } from 'zod';
import { configSchema } from './schema.js';

/** The part of JSON Schema in which zod tells of itself. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly FieldSchema[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
}

/** The config's fields as data: for error texts, help and the documentation. */
export const configFields = (): FieldSchema =>
  z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as FieldSchema;

/** The schema of the field at a path, or undefined where there is no such field. */
export function fieldAt(root: FieldSchema, path: readonly PropertyKey[]): FieldSchema | undefined {
  if (path.length === 0) return root;
  const [head, ...rest] = path;
  const inside =
    typeof head === 'number'
      ? root.items
      : (root.properties?.[String(head)] ??
        (typeof root.additionalProperties === 'object' ? root.additionalProperties : undefined));
  if (inside !== undefined) return fieldAt(inside, rest);
  for (const branch of root.anyOf ?? []) {
    const found = fieldAt(branch, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The names of the fields inside one, those of all its forms. */
export function namesIn(field: FieldSchema | undefined): string[] {
  if (field === undefined) return [];
  return [...Object.keys(field.properties ?? {}), ...(field.anyOf ?? []).flatMap(namesIn)];
}

function range(field: FieldSchema): string {
  const limits: string[] = [];
  if (field.minimum !== undefined && field.minimum > Number.MIN_SAFE_INTEGER)
    limits.push(`>= ${field.minimum}`);
  if (field.exclusiveMinimum !== undefined) limits.push(`> ${field.exclusiveMinimum}`);
  if (field.maximum !== undefined && field.maximum < Number.MAX_SAFE_INTEGER)
    limits.push(`<= ${field.maximum}`);
  if (field.exclusiveMaximum !== undefined) limits.push(`< ${field.exclusiveMaximum}`);
  return limits.length > 0 ? ` ${limits.join(' and ')}` : '';
}

/** What may stand in a field, in words: "a whole number >= 1 or null". */
export function wanted(field: FieldSchema): string {
  if (field.const !== undefined) return JSON.stringify(field.const);
  if (field.enum !== undefined) {
    const values = field.enum.map((value) => JSON.stringify(value));
    return values.length === 1 ? values[0]! : `one of ${values.join(', ')}`;
  }
  if (field.anyOf !== undefined) return field.anyOf.map(wanted).join(' or ');
  switch (field.type) {
    case 'integer':
      return `a whole number${range(field)}`;
    case 'number':
      return `a number${range(field)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return field.items ? `a list, each ${wanted(field.items)}` : 'a list';
    case 'object': {
      if (field.properties === undefined)
        return typeof field.additionalProperties === 'object'
          ? `an object whose values are ${wanted(field.additionalProperties)}`
          : 'an object';
      const names = Object.keys(field.properties).map((name) =>
        field.required?.includes(name) ? name : `${name}?`,
      );
      return `an object { ${names.join(', ')} }`;
    }
    case 'string':
      if (field.pattern?.startsWith('^\\d{4}')) return 'an ISO date such as "2014-01-25"';
      return field.minLength ? 'text that is not empty' : 'text';
    default:
      return 'a value';
  }
}
