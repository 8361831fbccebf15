import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  ACCESS_ACTIONS,
  type AccessAction,
  accessTable,
  isAllowed,
  mayControl,
  mayDo,
  mayOpenExternal,
  mayRead,
  mayReport,
  mayStart,
  RELATIONS,
  type Relation,
  relationsOf,
  visibilityClass,
  visibilityOf,
} from '../../src/auth/access.ts'
import { createViewer, LOCAL_ADMIN } from '../../src/auth/viewer.ts'
import { ROLES, type Role } from '../../src/base/actor.ts'

const viewer = (...roles: Role[]) => createViewer({ id: 'me', roles, tenantId: 'shop' })

/** Written out by hand, cell by cell: y yes, n no; columns are own, opened, tenant, other. */
const EXPECTED: Record<AccessAction, Record<Role, string>> = {
  start: { USER: 'ynnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  raisePriority: { USER: 'nnnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  affectOthers: { USER: 'nnnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  openExternal: { USER: 'nnnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  read: { USER: 'ynnn', SERVICE: 'yynn', ADMIN: 'yyyy' },
  control: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
  changeReadOnly: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  report: { USER: 'nnnn', SERVICE: 'nynn', ADMIN: 'yyyy' },
  askStatus: { USER: 'ynnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  steerSchedules: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  editRules: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  readTotals: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
  revoke: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  sell: { USER: 'nnnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  readSales: { USER: 'nnnn', SERVICE: 'nynn', ADMIN: 'yyyy' },
  steerStatus: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  setPreferences: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
  setDefaults: { USER: 'nnnn', SERVICE: 'nnnn', ADMIN: 'yyyy' },
  readInbox: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'ynnn' },
  readStore: { USER: 'ynnn', SERVICE: 'yyyy', ADMIN: 'yyyy' },
  readShoppers: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
  controlStore: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
  chat: { USER: 'ynnn', SERVICE: 'ynnn', ADMIN: 'yyyy' },
}

const CELLS = ACCESS_ACTIONS.flatMap((action) =>
  ROLES.flatMap((role) =>
    RELATIONS.map((relation, column): [AccessAction, Role, Relation, boolean] => [action, role, relation, EXPECTED[action][role][column] === 'y']),
  ),
)

describe('the table of access', () => {
  test.each(CELLS)('%s by %s of what is %s: %s', (action, role, relation, expected) => {
    expect(isAllowed(viewer(role), action, [relation])).toBe(expected)
  })

  test('is what docs/access.md shows', () => {
    expect(readFileSync('docs/access.md', 'utf8')).toContain(accessTable())
  })
})

describe('relationsOf', () => {
  test.each([
    [{ ownerId: 'me', createdById: 'me', tenantId: null }, ['own', 'opened']],
    [{ ownerId: 'ana', createdById: 'me', tenantId: 'shop' }, ['opened']],
    [{ ownerId: 'ana', createdById: 'ana', tenantId: 'shop' }, ['tenant']],
    [{ ownerId: 'ana', createdById: 'ana', tenantId: null }, ['other']],
  ])('%o', (thing, expected) => {
    expect(relationsOf(viewer('USER'), thing)).toEqual(expected)
  })

  test('nobody shares the tenant of nobody', () => {
    expect(relationsOf({ id: 'me', tenantId: null }, { ownerId: 'ana', createdById: 'ana', tenantId: null })).toEqual(['other'])
  })
})

describe('mayStart', () => {
  const wish = { startableBy: ['USER'] as Role[], priorityRaised: false, actsForOther: false, impactOnOthers: false }
  test.each<[string, Role[], Partial<typeof wish>, boolean]>([
    ['a user starts what users may', ['USER'], {}, true],
    ['a user does not start what services may', ['USER'], { startableBy: ['SERVICE'] }, false],
    ['a service starts what users may', ['SERVICE'], {}, true],
    ['a service does not start what administrators may', ['SERVICE'], { startableBy: ['ADMIN'] }, false],
    ['an administrator starts everything', ['ADMIN'], { startableBy: ['SERVICE'] }, true],
    ['a user raises no priority', ['USER'], { priorityRaised: true }, false],
    ['a service raises a priority', ['SERVICE'], { priorityRaised: true }, true],
    ['a user acts for nobody else', ['USER'], { actsForOther: true }, false],
    ['a service acts for a user', ['SERVICE'], { actsForOther: true }, true],
    ['a user affects nobody else', ['USER'], { impactOnOthers: true }, false],
    ['an administrator affects others', ['ADMIN'], { impactOnOthers: true, actsForOther: true }, true],
  ])('%s', (_name, roles, difference, allowed) => {
    const decision = mayStart(viewer(...roles), { ...wish, ...difference })
    expect(decision.allowed).toBe(allowed)
    expect(decision.allowed ? 'only fine' : decision.reason).toMatch(/^only /)
  })

  test('external operations are opened by services and administrators', () => {
    expect(['USER', 'SERVICE', 'ADMIN'].map((role) => mayOpenExternal(viewer(role as Role), { ...wish, actsForOther: true }).allowed)).toEqual([
      false,
      true,
      true,
    ])
  })
})

describe('other decisions', () => {
  const mine = { ownerId: 'me', createdById: 'me', tenantId: null }
  const opened = { ownerId: 'ana', createdById: 'me', tenantId: null }
  const foreign = { ownerId: 'ana', createdById: 'ana', tenantId: 'shop' }

  test('reading, control and reports', () => {
    const answers = (role: Role) =>
      [mine, opened, foreign].map((thing) => [
        mayRead(viewer(role), thing).allowed,
        mayControl(viewer(role), thing).allowed,
        mayReport(viewer(role), thing).allowed,
      ])
    expect(answers('USER')).toEqual([
      [true, true, false],
      [false, false, false],
      [false, false, false],
    ])
    expect(answers('SERVICE')).toEqual([
      [true, true, true],
      [true, false, true],
      [false, false, false],
    ])
    expect(answers('ADMIN')).toEqual([
      [true, true, true],
      [true, true, true],
      [true, true, true],
    ])
  })

  test('lists show an administrator everything and others their own', () => {
    expect(visibilityOf(LOCAL_ADMIN)).toEqual({ kind: 'all' })
    expect(visibilityOf(viewer('SERVICE'))).toEqual({ kind: 'owner', ownerId: 'me', opened: true })
    expect(visibilityOf(viewer('USER'))).toEqual({ kind: 'owner', ownerId: 'me' })
  })

  test('questions about a user', () => {
    expect(mayDo(viewer('USER'), 'askStatus', 'me').allowed).toBe(true)
    expect(mayDo(viewer('USER'), 'askStatus', 'ana').allowed).toBe(false)
    expect(mayDo(viewer('USER'), 'editRules', null).allowed).toBe(false)
    expect(mayDo(viewer('SERVICE'), 'askStatus', 'ana').allowed).toBe(true)
  })
})

describe('a viewer', () => {
  test.each<[Role[], string]>([
    [['USER'], 'user'],
    [['SERVICE', 'USER'], 'service'],
    [['ADMIN', 'SERVICE'], 'admin'],
  ])('with roles %o acts as %s', (roles, kind) => {
    expect(viewer(...roles).actor).toEqual({ kind, id: 'me' })
  })
})

describe('viewers of one visibility class', () => {
  const subsets = Array.from({ length: 2 ** ROLES.length - 1 }, (_, bits) => ROLES.filter((_role, index) => ((bits + 1) >> index) & 1))
  const viewers = ['ana', 'ben'].flatMap((id) => ['shop', null].flatMap((tenantId) => subsets.map((roles) => createViewer({ id, roles, tenantId }))))
  const things = ['ana', 'ben', 'cleo'].flatMap((ownerId) =>
    ['ana', 'ben', 'cleo'].flatMap((createdById) => ['shop', null].map((tenantId) => ({ ownerId, createdById, tenantId }))),
  )

  test('may see and control the same', () => {
    for (const group of Map.groupBy(viewers, visibilityClass).values()) {
      const answers = new Set(group.map((member) => JSON.stringify(things.map((thing) => [mayRead(member, thing).allowed, mayControl(member, thing).allowed]))))
      expect(answers.size).toBe(1)
    }
  })

  test('are one person, or administrators', () => {
    const classes = Map.groupBy([...viewers, LOCAL_ADMIN], visibilityClass)
    expect(classes.get('administrators')?.every((member) => member.roles.includes('ADMIN'))).toBe(true)
    const others = [...classes].filter(([name]) => name !== 'administrators')
    for (const [, members] of others) expect(new Set(members.map((member) => member.id)).size).toBe(1)
    expect(visibilityClass(null)).toBe('anonymous')
  })
})
