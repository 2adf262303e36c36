// Made by scripts/schema from redis-room.schema.json (CRC-32 13f29afc).

/**
 * What happens when the host is gone.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "HostLoss".
 */
export type HostLoss = "end" | "handover" | "keep";
/**
 * A room's state.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "RoomState".
 */
export type RoomState = "scheduled" | "live" | "ended" | "cancelled";
/**
 * A member's role. Roles are ordered by power.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Role".
 */
export type Role = "listener" | "speaker" | "cohost" | "host";
/**
 * A message on a room's channel.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Frame".
 */
export type Frame = EventsFrame | DirectFrame | GoneFrame;
/**
 * An event of a room.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Event".
 */
export type Event = {
  /**
   * The number of the event: 1, 2, 3 …
   */
  seq: number;
} & Event1;
export type Event1 =
  | {
      /**
       * Scheduled start, Unix ms; 0: the room was not scheduled.
       */
      at_ms: number;
      /**
       * The host; null: the room has none.
       */
      host: string | null;
      settings: Config;
      /**
       * Start, Unix ms; 0: not started.
       */
      started_ms: number;
      /**
       * The state.
       */
      state: "scheduled" | "live" | "ended" | "cancelled";
      type: "created";
    }
  | {
      /**
       * Start, Unix ms.
       */
      started_ms: number;
      /**
       * `live`.
       */
      state: "scheduled" | "live" | "ended" | "cancelled";
      type: "started";
    }
  | {
      settings: Config1;
      type: "settings";
    }
  | {
      /**
       * The actor; absent: a deadline.
       */
      by?: string | null;
      /**
       * When, Unix ms.
       */
      ended_ms: number;
      /**
       * `cancelled`.
       */
      state: "scheduled" | "live" | "ended" | "cancelled";
      type: "cancelled";
    }
  | {
      /**
       * The actor; absent: a deadline.
       */
      by?: string | null;
      /**
       * Why.
       */
      reason: "host" | "service" | "hostloss" | "empty" | "window";
      summary: Summary;
      type: "ended";
    }
  | ((
      | {
          /**
           * Users who are gone.
           */
          left_users: string[];
          /**
           * Users who came and are present.
           */
          users: string[];
        }
      | {
          /**
           * True: read ROOM.MEMBERS again.
           */
          partial: boolean;
        }
    ) & {
      /**
       * Visits that began since the last frame, for display.
       */
      joined: number;
      /**
       * Visits that ended since the last frame, for display.
       */
      left: number;
      /**
       * Members present who are not on stage.
       */
      listeners: number;
      /**
       * Members present.
       */
      present: number;
      type: "audience";
    })
  | {
      /**
       * The actor; absent: a deadline, a kick, a block or an uninvite.
       */
      by?: string | null;
      member: Member;
      type: "stage";
    }
  | {
      /**
       * True: all hands were lowered. Absent: not.
       */
      cleared?: boolean;
      /**
       * Raised hands.
       */
      count: number;
      /**
       * The first 20 hands; absent: they are as before.
       */
      top?: Hand[] | null;
      type: "hands";
    }
  | {
      type: "removed";
      /**
       * The user.
       */
      user: string;
    }
  | {
      /**
       * The author.
       */
      by: string;
      comment: Comment;
      /**
       * Comments made so far.
       */
      count: number;
      /**
       * The sender's token; absent: none.
       */
      token?: string;
      type: "comment";
    }
  | {
      /**
       * The actor.
       */
      by?: string | null;
      comment: Comment1;
      type: "pinned";
    }
  | {
      /**
       * The actor.
       */
      by: string;
      /**
       * The comment.
       */
      id: number;
      type: "comment_deleted";
    }
  | {
      /**
       * The actor; absent: the comment was deleted.
       */
      by?: string | null;
      /**
       * The comment.
       */
      id: number;
      type: "unpinned";
    }
  | {
      type: "comments_cleared";
      /**
       * The user.
       */
      user: string;
    }
  | {
      /**
       * New reactions by kind, for display.
       */
      delta: {
        [k: string]: number;
      };
      /**
       * Totals of the kinds that changed.
       */
      total: {
        [k: string]: number;
      };
      type: "reactions";
    }
  | {
      poll: Poll1;
      type: "poll";
    }
  | {
      /**
       * Interested users.
       */
      count: number;
      type: "rsvp";
    }
  | {
      /**
       * Invited users.
       */
      count: number;
      type: "invited";
    };
/**
 * The reply of WHOIS: the member, or `you` for the actor itself. A user that the room does not know gives a null reply.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Whois".
 */
export type Whois = Member1 | You1;
/**
 * A direct event.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "DirectEvent".
 */
export type DirectEvent =
  | {
      /**
       * The actor who made the offer.
       */
      by: string;
      /**
       * `made`, `accepted`, `declined` or `expired`.
       */
      state: "made" | "accepted" | "declined" | "expired";
      type: "offer";
      /**
       * When the offer expires, Unix ms.
       */
      until_ms: number;
      /**
       * The user who got the offer.
       */
      user: string;
    }
  | {
      /**
       * The actor.
       */
      by: string;
      type: "unmute_request";
      /**
       * The user who is asked.
       */
      user: string;
    }
  | {
      /**
       * The actor.
       */
      by: string;
      type: "hand_lowered";
      /**
       * The user.
       */
      user: string;
    }
  | {
      /**
       * The actor; None: the event is for the removed users.
       */
      by?: string | null;
      /**
       * `kick`, `block` or `uninvite`.
       */
      how: "kick" | "block" | "uninvite";
      /**
       * The reason; empty: none was given.
       */
      reason: string;
      /**
       * The removed users; None: the event is for them.
       */
      removed?: string[] | null;
      type: "removed_notice";
    };
/**
 * Why a room ended or was cancelled.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "EndReason".
 */
export type EndReason = "host" | "service" | "hostloss" | "empty" | "window";

/**
 * Everything that redis-room sends as JSON. Times are Unix ms of the server. Fields may be added.
 */
export interface RedisRoom {
  /**
   * A line of ROOM.EXPORT.
   */
  export:
    | RoomLine
    | MemberLine
    | VisitLine
    | StageLine
    | HandLine
    | OfferLine
    | CommentLine
    | ReactionLine
    | TimelineLine
    | PollLine
    | VoteLine
    | ModerationLine;
  frame: Frame;
  /**
   * The JSON replies by command.
   */
  replies: {
    "ROOM.BLOCKED": BlockedPage;
    "ROOM.COMMENTS": CommentsPage;
    "ROOM.CREATE": Created;
    "ROOM.END": Summary1;
    "ROOM.EVENTS": EventsFrame;
    "ROOM.HANDS": HandsPage;
    "ROOM.INFO": Card;
    "ROOM.INVITED": InvitedPage;
    "ROOM.JOIN": Joined;
    "ROOM.MEMBERS": MembersPage;
    "ROOM.POLLCLOSE": Poll;
    "ROOM.POLLS": Poll[];
    "ROOM.SESSIONS": SessionsPage;
    "ROOM.STATE": State;
    "ROOM.SUMMARY": Summary1;
    "ROOM.WHOIS": Whois;
  };
}
/**
 * The settings. A setting with the same name as a figure of the summary has the suffix `_on`.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "RoomLine".
 */
export interface RoomLine {
  at_ms: number;
  blocks: number;
  capacity: number;
  comments: number;
  comments_on: boolean;
  created_ms: number;
  creator: string;
  duration_ms: number;
  emojis: string[];
  end_reason: string | null;
  ended_by: string | null;
  ended_ms: number;
  first_at_ms: number;
  hands_on: boolean;
  hands_raised: number;
  host: string | null;
  hostloss: HostLoss;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  interested: number;
  invited: number;
  kicks: number;
  kind: "room";
  /**
   * The JSON object as a string, because a line is flat.
   */
  meta: string | null;
  moderation_dropped: number;
  mutes: number;
  peak_present: number;
  private: boolean;
  reactions_on: boolean;
  reactions_total: number;
  /**
   * The key of the room.
   */
  room: string;
  seats: number;
  seq: number;
  slowmode: number;
  speakers_total: number;
  started_ms: number;
  state: RoomState;
  title: string;
  unique_members: number;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "MemberLine".
 */
export interface MemberLine {
  blocked: boolean;
  comments: number;
  first_joined_ms: number;
  hands: number;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  interested: boolean;
  interested_ms: number;
  invited: boolean;
  invited_by: string | null;
  invited_ms: number;
  joins: number;
  kind: "member";
  last_left_ms: number;
  present_ms: number;
  reactions: number;
  role: Role;
  /**
   * The key of the room.
   */
  room: string;
  stage_ms: number;
  user: string;
  votes: number;
}
/**
 * A visit or a time on stage.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "VisitLine".
 */
export interface VisitLine {
  from_ms: number;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "visit";
  /**
   * The key of the room.
   */
  room: string;
  to_ms: number;
  user: string;
}
/**
 * A visit or a time on stage.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "StageLine".
 */
export interface StageLine {
  from_ms: number;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "stage";
  /**
   * The key of the room.
   */
  room: string;
  to_ms: number;
  user: string;
}
/**
 * A hand or an offer.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "HandLine".
 */
export interface HandLine {
  by: string;
  from_ms: number;
  how: string;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "hand";
  /**
   * The key of the room.
   */
  room: string;
  to_ms: number;
  user: string;
}
/**
 * A hand or an offer.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "OfferLine".
 */
export interface OfferLine {
  by: string;
  from_ms: number;
  how: string;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "offer";
  /**
   * The key of the room.
   */
  room: string;
  to_ms: number;
  user: string;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "CommentLine".
 */
export interface CommentLine {
  comment_id: number;
  deleted: boolean;
  deleted_by: string | null;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "comment";
  ms: number;
  pinned: boolean;
  reply: number;
  /**
   * The key of the room.
   */
  room: string;
  shadow: boolean;
  text: string;
  user: string;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "ReactionLine".
 */
export interface ReactionLine {
  count: number;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "reaction";
  reaction: string;
  /**
   * The key of the room.
   */
  room: string;
  shadow: boolean;
  user: string;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "TimelineLine".
 */
export interface TimelineLine {
  comments: number;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  joins: number;
  kind: "timeline";
  leaves: number;
  minute_ms: number;
  peak_present: number;
  reactions: KindCountLine[];
  /**
   * The key of the room.
   */
  room: string;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "KindCountLine".
 */
export interface KindCountLine {
  count: number;
  reaction: string;
}
/**
 * The fields of a poll, except `id`, which is the id of the line.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "PollLine".
 */
export interface PollLine {
  closes_ms: number;
  final: boolean;
  hidden: boolean;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "poll";
  multi: number;
  opened_ms: number;
  options: PollOption[];
  poll: number;
  question: string;
  /**
   * The key of the room.
   */
  room: string;
  secret: boolean;
  state: string;
  voters: number;
}
/**
 * An option of a poll.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "PollOption".
 */
export interface PollOption {
  /**
   * The text.
   */
  text: string;
  /**
   * How many votes chose it; None: hidden until the poll is closed.
   */
  votes: number | null;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "VoteLine".
 */
export interface VoteLine {
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "vote";
  ms: number;
  options: number[];
  poll: number;
  /**
   * The key of the room.
   */
  room: string;
  user: string;
}
/**
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "ModerationLine".
 */
export interface ModerationLine {
  action: string;
  actor: string;
  /**
   * Unique within kind, room and incarnation.
   */
  id: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  kind: "moderation";
  ms: number;
  reason: string;
  /**
   * The key of the room.
   */
  room: string;
  target: string;
  until_ms: number;
}
/**
 * Numbered events of a room, and the profiles of the users that they name. It is also the reply of ROOM.EVENTS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "EventsFrame".
 */
export interface EventsFrame {
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * The events, in order.
   */
  events: Event[];
  /**
   * The number of the first event.
   */
  from: number;
  /**
   * `events`.
   */
  kind: "events";
  /**
   * When the frame was made, Unix ms.
   */
  ms: number;
  /**
   * Profiles by user.
   */
  profiles: {
    [k: string]: {};
  };
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The number of the last event; `from - 1`: there is no event.
   */
  to: number;
}
/**
 * Every field of ROOM.CONFIG.
 */
export interface Config {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at: number;
  /**
   * How many members may be present at once; 0: any number.
   */
  capacity: number;
  /**
   * Comments are allowed.
   */
  comments: boolean;
  /**
   * Allowed kinds of reaction; empty: any kind.
   */
  emojis: string[];
  /**
   * Hands may be raised.
   */
  hands: boolean;
  /**
   * What happens when the host is gone.
   */
  hostloss: "end" | "handover" | "keep";
  /**
   * A JSON object of the application; None: not set.
   */
  meta: {} | null;
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * Reactions are allowed.
   */
  reactions: boolean;
  /**
   * Seats on stage in addition to the staff.
   */
  seats: number;
  /**
   * Seconds between two comments of a user; 0: off.
   */
  slowmode: number;
  /**
   * The title.
   */
  title: string;
}
/**
 * Every field of ROOM.CONFIG.
 */
export interface Config1 {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at: number;
  /**
   * How many members may be present at once; 0: any number.
   */
  capacity: number;
  /**
   * Comments are allowed.
   */
  comments: boolean;
  /**
   * Allowed kinds of reaction; empty: any kind.
   */
  emojis: string[];
  /**
   * Hands may be raised.
   */
  hands: boolean;
  /**
   * What happens when the host is gone.
   */
  hostloss: "end" | "handover" | "keep";
  /**
   * A JSON object of the application; None: not set.
   */
  meta: {} | null;
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * Reactions are allowed.
   */
  reactions: boolean;
  /**
   * Seats on stage in addition to the staff.
   */
  seats: number;
  /**
   * Seconds between two comments of a user; 0: off.
   */
  slowmode: number;
  /**
   * The title.
   */
  title: string;
}
/**
 * The summary, without the figures of moderation.
 */
export interface Summary {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at_ms: number;
  /**
   * How many blocks there were.
   */
  blocks?: number;
  /**
   * How many comments were made, including deleted ones.
   */
  comments: number;
  /**
   * Creation, Unix ms.
   */
  created_ms: number;
  /**
   * Time from the start to the end, or to the time of the view, ms; 0: not started.
   */
  duration_ms: number;
  /**
   * End or cancellation, Unix ms; 0: not over.
   */
  ended_ms: number;
  /**
   * How often a hand was raised.
   */
  hands_raised: number;
  /**
   * The host; None: the room has no host.
   */
  host: string | null;
  /**
   * The incarnation.
   */
  incarnation: string;
  /**
   * How many users are interested.
   */
  interested: number;
  /**
   * How many users are invited.
   */
  invited: number;
  /**
   * How many kicks there were.
   */
  kicks?: number;
  /**
   * How often an actor muted or held another user.
   */
  mutes?: number;
  /**
   * The most members present at once.
   */
  peak_present: number;
  /**
   * All polls.
   */
  polls: Poll[];
  /**
   * Totals of reactions by kind.
   */
  reactions: {
    [k: string]: number;
  };
  /**
   * The total of all kinds.
   */
  reactions_total: number;
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The first 100 users who were on stage.
   */
  speakers: string[];
  /**
   * How many users were on stage.
   */
  speakers_total: number;
  /**
   * Start, Unix ms; 0: not started.
   */
  started_ms: number;
  /**
   * The state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
  /**
   * The title.
   */
  title: string;
  /**
   * How many users have been present.
   */
  unique_members: number;
}
/**
 * A poll.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Poll".
 */
export interface Poll {
  /**
   * When it closes or was closed, Unix ms; 0: it does not close by itself.
   */
  closes_ms: number;
  /**
   * A vote cannot be replaced.
   */
  final: boolean;
  /**
   * The votes per option are visible only after the poll is closed.
   */
  hidden: boolean;
  /**
   * The id, from 1.
   */
  id: number;
  /**
   * How many options a vote may choose.
   */
  multi: number;
  /**
   * When it was opened, Unix ms.
   */
  opened_ms: number;
  /**
   * The options.
   */
  options: PollOption[];
  /**
   * The question.
   */
  question: string;
  /**
   * The room does not store which options a user chose.
   */
  secret: boolean;
  /**
   * `open` or `closed`.
   */
  state: "open" | "closed";
  /**
   * How many users voted.
   */
  voters: number;
}
/**
 * The member. It is on stage if it is present and no listener.
 */
export interface Member {
  /**
   * The place of the hand, from 1; 0: not raised.
   */
  hand: number;
  /**
   * The microphone is held closed until the user is asked to open it.
   */
  held: boolean;
  /**
   * When the current or last visit began, Unix ms; 0: never joined.
   */
  joined_ms: number;
  /**
   * Is in its grace.
   */
  lost: boolean;
  /**
   * The microphone is closed.
   */
  muted: boolean;
  /**
   * Has a session or is in its grace.
   */
  present: boolean;
  /**
   * The profile; None: the member has none.
   */
  profile: {} | null;
  /**
   * The role.
   */
  role: "listener" | "speaker" | "cohost" | "host";
  /**
   * The number of this entry among all entries to the stage of the room, from 1; 0: off stage.
   */
  stage: number;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * A raised hand.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Hand".
 */
export interface Hand {
  /**
   * When it was raised, Unix ms.
   */
  ms: number;
  /**
   * The user has a session or is in its grace.
   */
  present: boolean;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * A comment.
 */
export interface Comment {
  /**
   * Was deleted.
   */
  deleted: boolean;
  /**
   * The id.
   */
  id: number;
  /**
   * When it was made, Unix ms.
   */
  ms: number;
  /**
   * Is pinned.
   */
  pinned: boolean;
  /**
   * The id of the comment to which it replies; 0: none.
   */
  reply: number;
  /**
   * The text; empty: deleted.
   */
  text: string;
  /**
   * The author; `-`: the service.
   */
  user: string;
}
/**
 * A comment.
 */
export interface Comment1 {
  /**
   * Was deleted.
   */
  deleted: boolean;
  /**
   * The id.
   */
  id: number;
  /**
   * When it was made, Unix ms.
   */
  ms: number;
  /**
   * Is pinned.
   */
  pinned: boolean;
  /**
   * The id of the comment to which it replies; 0: none.
   */
  reply: number;
  /**
   * The text; empty: deleted.
   */
  text: string;
  /**
   * The author; `-`: the service.
   */
  user: string;
}
/**
 * A poll.
 */
export interface Poll1 {
  /**
   * When it closes or was closed, Unix ms; 0: it does not close by itself.
   */
  closes_ms: number;
  /**
   * A vote cannot be replaced.
   */
  final: boolean;
  /**
   * The votes per option are visible only after the poll is closed.
   */
  hidden: boolean;
  /**
   * The id, from 1.
   */
  id: number;
  /**
   * How many options a vote may choose.
   */
  multi: number;
  /**
   * When it was opened, Unix ms.
   */
  opened_ms: number;
  /**
   * The options.
   */
  options: PollOption[];
  /**
   * The question.
   */
  question: string;
  /**
   * The room does not store which options a user chose.
   */
  secret: boolean;
  /**
   * `open` or `closed`.
   */
  state: "open" | "closed";
  /**
   * How many users voted.
   */
  voters: number;
}
/**
 * An event for a few users only. It has no number and is not in ROOM.EVENTS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "DirectFrame".
 */
export interface DirectFrame {
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * The event.
   */
  event:
    | {
        /**
         * The actor who made the offer.
         */
        by: string;
        /**
         * `made`, `accepted`, `declined` or `expired`.
         */
        state: "made" | "accepted" | "declined" | "expired";
        type: "offer";
        /**
         * When the offer expires, Unix ms.
         */
        until_ms: number;
        /**
         * The user who got the offer.
         */
        user: string;
      }
    | {
        /**
         * The actor.
         */
        by: string;
        type: "unmute_request";
        /**
         * The user who is asked.
         */
        user: string;
      }
    | {
        /**
         * The actor.
         */
        by: string;
        type: "hand_lowered";
        /**
         * The user.
         */
        user: string;
      }
    | {
        /**
         * The actor; None: the event is for the removed users.
         */
        by?: string | null;
        /**
         * `kick`, `block` or `uninvite`.
         */
        how: "kick" | "block" | "uninvite";
        /**
         * The reason; empty: none was given.
         */
        reason: string;
        /**
         * The removed users; None: the event is for them.
         */
        removed?: string[] | null;
        type: "removed_notice";
      };
  /**
   * `direct`.
   */
  kind: "direct";
  /**
   * When the event happened, Unix ms.
   */
  ms: number;
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The users who receive the event.
   */
  users: string[];
}
/**
 * The server lost the room under this key. It is a hint to call ROOM.STATE.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "GoneFrame".
 */
export interface GoneFrame {
  /**
   * The epoch that has ended.
   */
  epoch: string;
  /**
   * `gone`.
   */
  kind: "gone";
  /**
   * The key of the room.
   */
  room: string;
}
/**
 * A page of ROOM.BLOCKED.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "BlockedPage".
 */
export interface BlockedPage {
  /**
   * The blocks in force.
   */
  blocked: BlockedUser[];
  /**
   * The next cursor; `0`: the last page.
   */
  cursor: string;
}
/**
 * A block.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "BlockedUser".
 */
export interface BlockedUser {
  /**
   * The actor; `-`: the service.
   */
  by: string;
  /**
   * The reason; empty: none.
   */
  reason: string;
  /**
   * The user does not notice the block.
   */
  shadow: boolean;
  /**
   * When the block ends, Unix ms; 0: never.
   */
  until_ms: number;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * A page of ROOM.COMMENTS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "CommentsPage".
 */
export interface CommentsPage {
  /**
   * The comments, newest first.
   */
  comments: Comment2[];
  /**
   * Profiles by user.
   */
  profiles: {
    [k: string]: {};
  };
}
/**
 * A comment.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Comment".
 */
export interface Comment2 {
  /**
   * Was deleted.
   */
  deleted: boolean;
  /**
   * The id.
   */
  id: number;
  /**
   * When it was made, Unix ms.
   */
  ms: number;
  /**
   * Is pinned.
   */
  pinned: boolean;
  /**
   * The id of the comment to which it replies; 0: none.
   */
  reply: number;
  /**
   * The text; empty: deleted.
   */
  text: string;
  /**
   * The author; `-`: the service.
   */
  user: string;
}
/**
 * The reply of CREATE.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Created".
 */
export interface Created {
  /**
   * The channel of the room's frames.
   */
  channel: string;
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  /**
   * `global`: PUBLISH. `shard`: SPUBLISH.
   */
  publish: "global" | "shard";
  /**
   * The state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
}
/**
 * The summary of a room.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Summary".
 */
export interface Summary1 {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at_ms: number;
  /**
   * How many blocks there were.
   */
  blocks?: number;
  /**
   * How many comments were made, including deleted ones.
   */
  comments: number;
  /**
   * Creation, Unix ms.
   */
  created_ms: number;
  /**
   * Time from the start to the end, or to the time of the view, ms; 0: not started.
   */
  duration_ms: number;
  /**
   * End or cancellation, Unix ms; 0: not over.
   */
  ended_ms: number;
  /**
   * How often a hand was raised.
   */
  hands_raised: number;
  /**
   * The host; None: the room has no host.
   */
  host: string | null;
  /**
   * The incarnation.
   */
  incarnation: string;
  /**
   * How many users are interested.
   */
  interested: number;
  /**
   * How many users are invited.
   */
  invited: number;
  /**
   * How many kicks there were.
   */
  kicks?: number;
  /**
   * How often an actor muted or held another user.
   */
  mutes?: number;
  /**
   * The most members present at once.
   */
  peak_present: number;
  /**
   * All polls.
   */
  polls: Poll[];
  /**
   * Totals of reactions by kind.
   */
  reactions: {
    [k: string]: number;
  };
  /**
   * The total of all kinds.
   */
  reactions_total: number;
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The first 100 users who were on stage.
   */
  speakers: string[];
  /**
   * How many users were on stage.
   */
  speakers_total: number;
  /**
   * Start, Unix ms; 0: not started.
   */
  started_ms: number;
  /**
   * The state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
  /**
   * The title.
   */
  title: string;
  /**
   * How many users have been present.
   */
  unique_members: number;
}
/**
 * A page of ROOM.HANDS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "HandsPage".
 */
export interface HandsPage {
  /**
   * The next cursor; `0`: the last page.
   */
  cursor: string;
  /**
   * The hands, in order.
   */
  hands: Hand[];
  /**
   * Profiles by user.
   */
  profiles: {
    [k: string]: {};
  };
}
/**
 * The card of a room, for a lobby or a backend.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Card".
 */
export interface Card {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at_ms: number;
  /**
   * Members present at once; 0: any number.
   */
  capacity: number;
  /**
   * The channel of the room's frames.
   */
  channel: string;
  /**
   * Comments made.
   */
  comments: number;
  /**
   * Creation, Unix ms.
   */
  created_ms: number;
  /**
   * End or cancellation, Unix ms; 0: not over.
   */
  ended_ms: number;
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * Raised hands.
   */
  hands: number;
  /**
   * The host; null: the room has none.
   */
  host: string | null;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  /**
   * Interested users.
   */
  interested: number;
  /**
   * Invited users.
   */
  invited: number;
  /**
   * Members present who are not on stage.
   */
  listeners: number;
  /**
   * The application's own object; null: none.
   */
  meta: {} | null;
  /**
   * Polls, open and closed.
   */
  polls: number;
  /**
   * Members present.
   */
  present: number;
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * `global`: PUBLISH. `shard`: SPUBLISH.
   */
  publish: "global" | "shard";
  /**
   * Reactions of all kinds.
   */
  reactions: number;
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The number of the last event.
   */
  seq: number;
  /**
   * Members on stage.
   */
  speakers: number;
  /**
   * Start, Unix ms; 0: not started.
   */
  started_ms: number;
  /**
   * The state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
  /**
   * The title.
   */
  title: string;
}
/**
 * A page of ROOM.INVITED.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "InvitedPage".
 */
export interface InvitedPage {
  /**
   * The next cursor; `0`: the last page.
   */
  cursor: string;
  /**
   * The users.
   */
  users: InvitedUser[];
}
/**
 * A user who is invited or interested.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "InvitedUser".
 */
export interface InvitedUser {
  /**
   * Answered ROOM.RSVP with YES.
   */
  interested: boolean;
  /**
   * Has an invitation.
   */
  invited: boolean;
  /**
   * Joined at least once.
   */
  joined: boolean;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * The reply of JOIN.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Joined".
 */
export interface Joined {
  /**
   * The channel of the room's frames.
   */
  channel: string;
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  /**
   * How long the lease of a gateway lasts after a BEAT, ms.
   */
  lease_ms: number;
  /**
   * The time of the server, Unix ms.
   */
  ms: number;
  /**
   * Members present.
   */
  present: number;
  /**
   * `global`: PUBLISH. `shard`: SPUBLISH.
   */
  publish: "global" | "shard";
  /**
   * The number of the last event.
   */
  seq: number;
  /**
   * The state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
  /**
   * The shortest time between two frames, ms.
   */
  tick_ms: number;
  you: You;
}
/**
 * The member as it sees itself.
 */
export interface You {
  /**
   * Milliseconds until slow mode allows a comment; 0: now.
   */
  comment_wait_ms: number;
  /**
   * The own comments of the last ten minutes, newest first, without deleted ones.
   */
  comments: Comment2[];
  /**
   * The place of the hand, from 1; 0: not raised.
   */
  hand: number;
  /**
   * The microphone is held closed until the user is asked to open it.
   */
  held: boolean;
  /**
   * Answered ROOM.RSVP with YES.
   */
  interested: boolean;
  /**
   * Is invited.
   */
  invited: boolean;
  /**
   * When the current or last visit began, Unix ms; 0: never joined.
   */
  joined_ms: number;
  /**
   * Is in its grace.
   */
  lost: boolean;
  /**
   * The microphone is closed.
   */
  muted: boolean;
  /**
   * When the open offer expires, Unix ms; 0: no offer.
   */
  offer_until_ms: number;
  /**
   * Has a session or is in its grace.
   */
  present: boolean;
  /**
   * The profile; None: the member has none.
   */
  profile: {} | null;
  /**
   * The role.
   */
  role: "listener" | "speaker" | "cohost" | "host";
  /**
   * How many sessions the user has.
   */
  sessions: number;
  /**
   * The number of this entry among all entries to the stage of the room, from 1; 0: off stage.
   */
  stage: number;
  /**
   * Was asked to open its microphone and has not answered.
   */
  unmute_asked: boolean;
  /**
   * The id of the user.
   */
  user: string;
  /**
   * The chosen options by the id of the poll.
   */
  votes: {
    [k: string]: number[];
  };
}
/**
 * A page of ROOM.MEMBERS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "MembersPage".
 */
export interface MembersPage {
  /**
   * The next cursor; `0`: the last page.
   */
  cursor: string;
  /**
   * The members.
   */
  members: Member1[];
}
/**
 * A member.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Member".
 */
export interface Member1 {
  /**
   * The place of the hand, from 1; 0: not raised.
   */
  hand: number;
  /**
   * The microphone is held closed until the user is asked to open it.
   */
  held: boolean;
  /**
   * When the current or last visit began, Unix ms; 0: never joined.
   */
  joined_ms: number;
  /**
   * Is in its grace.
   */
  lost: boolean;
  /**
   * The microphone is closed.
   */
  muted: boolean;
  /**
   * Has a session or is in its grace.
   */
  present: boolean;
  /**
   * The profile; None: the member has none.
   */
  profile: {} | null;
  /**
   * The role.
   */
  role: "listener" | "speaker" | "cohost" | "host";
  /**
   * The number of this entry among all entries to the stage of the room, from 1; 0: off stage.
   */
  stage: number;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * A page of ROOM.SESSIONS.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "SessionsPage".
 */
export interface SessionsPage {
  /**
   * The next cursor; `0`: the last page.
   */
  cursor: string;
  /**
   * The sessions.
   */
  sessions: Session[];
}
/**
 * A session.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Session".
 */
export interface Session {
  /**
   * The id of the session; empty: the default session.
   */
  session: string;
  /**
   * The id of the user.
   */
  user: string;
}
/**
 * A snapshot. Its size is bounded for any size of the room.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "State".
 */
export interface State {
  /**
   * The snapshot shows changes that still wait for their frame, or deadlines that are not settled.
   */
  ahead: boolean;
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at_ms: number;
  /**
   * The 20 newest comments, newest first.
   */
  comments: Comment2[];
  counts: Counts;
  /**
   * End or cancellation, Unix ms; 0: not over.
   */
  ended_ms: number;
  /**
   * The epoch.
   */
  epoch: string;
  /**
   * The first 20 raised hands.
   */
  hands: Hand[];
  /**
   * The host; null: the room has none.
   */
  host: string | null;
  /**
   * The id of the room from its creation on.
   */
  incarnation: string;
  /**
   * The time of the server, Unix ms.
   */
  ms: number;
  /**
   * Pinned comments, newest pin first.
   */
  pins: Comment2[];
  /**
   * Open polls.
   */
  polls: Poll[];
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * Profiles by user.
   */
  profiles: {
    [k: string]: {};
  };
  /**
   * Totals by kind.
   */
  reactions: {
    [k: string]: number;
  };
  /**
   * The key of the room.
   */
  room: string;
  /**
   * The number of the last event.
   */
  seq: number;
  settings: Config2;
  /**
   * The members on stage: host, cohosts, speakers, each by entry.
   */
  stage: Member1[];
  /**
   * Start, Unix ms; 0: not started.
   */
  started_ms: number;
  /**
   * A room's state.
   */
  state: "scheduled" | "live" | "ended" | "cancelled";
  /**
   * The title.
   */
  title: string;
  /**
   * The actor as it sees itself; null: the service.
   */
  you: You1 | null;
}
/**
 * The counts.
 */
export interface Counts {
  /**
   * Comments made.
   */
  comments: number;
  /**
   * Raised hands.
   */
  hands: number;
  /**
   * Interested users.
   */
  interested: number;
  /**
   * Invited users.
   */
  invited: number;
  /**
   * Members present who are not on stage.
   */
  listeners: number;
  /**
   * Members present.
   */
  present: number;
  /**
   * Members on stage.
   */
  speakers: number;
}
/**
 * Every field of ROOM.CONFIG.
 */
export interface Config2 {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at: number;
  /**
   * How many members may be present at once; 0: any number.
   */
  capacity: number;
  /**
   * Comments are allowed.
   */
  comments: boolean;
  /**
   * Allowed kinds of reaction; empty: any kind.
   */
  emojis: string[];
  /**
   * Hands may be raised.
   */
  hands: boolean;
  /**
   * What happens when the host is gone.
   */
  hostloss: "end" | "handover" | "keep";
  /**
   * A JSON object of the application; None: not set.
   */
  meta: {} | null;
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * Reactions are allowed.
   */
  reactions: boolean;
  /**
   * Seats on stage in addition to the staff.
   */
  seats: number;
  /**
   * Seconds between two comments of a user; 0: off.
   */
  slowmode: number;
  /**
   * The title.
   */
  title: string;
}
/**
 * A user as only the user itself sees it: the fields of a member and more.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "You".
 */
export interface You1 {
  /**
   * Milliseconds until slow mode allows a comment; 0: now.
   */
  comment_wait_ms: number;
  /**
   * The own comments of the last ten minutes, newest first, without deleted ones.
   */
  comments: Comment2[];
  /**
   * The place of the hand, from 1; 0: not raised.
   */
  hand: number;
  /**
   * The microphone is held closed until the user is asked to open it.
   */
  held: boolean;
  /**
   * Answered ROOM.RSVP with YES.
   */
  interested: boolean;
  /**
   * Is invited.
   */
  invited: boolean;
  /**
   * When the current or last visit began, Unix ms; 0: never joined.
   */
  joined_ms: number;
  /**
   * Is in its grace.
   */
  lost: boolean;
  /**
   * The microphone is closed.
   */
  muted: boolean;
  /**
   * When the open offer expires, Unix ms; 0: no offer.
   */
  offer_until_ms: number;
  /**
   * Has a session or is in its grace.
   */
  present: boolean;
  /**
   * The profile; None: the member has none.
   */
  profile: {} | null;
  /**
   * The role.
   */
  role: "listener" | "speaker" | "cohost" | "host";
  /**
   * How many sessions the user has.
   */
  sessions: number;
  /**
   * The number of this entry among all entries to the stage of the room, from 1; 0: off stage.
   */
  stage: number;
  /**
   * Was asked to open its microphone and has not answered.
   */
  unmute_asked: boolean;
  /**
   * The id of the user.
   */
  user: string;
  /**
   * The chosen options by the id of the poll.
   */
  votes: {
    [k: string]: number[];
  };
}
/**
 * The settings of a room: every field of ROOM.CONFIG.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Config".
 */
export interface Config3 {
  /**
   * Scheduled start, Unix ms; 0: the room was not scheduled.
   */
  at: number;
  /**
   * How many members may be present at once; 0: any number.
   */
  capacity: number;
  /**
   * Comments are allowed.
   */
  comments: boolean;
  /**
   * Allowed kinds of reaction; empty: any kind.
   */
  emojis: string[];
  /**
   * Hands may be raised.
   */
  hands: boolean;
  /**
   * What happens when the host is gone.
   */
  hostloss: "end" | "handover" | "keep";
  /**
   * A JSON object of the application; None: not set.
   */
  meta: {} | null;
  /**
   * Only staff and invited users may enter and read.
   */
  private: boolean;
  /**
   * Reactions are allowed.
   */
  reactions: boolean;
  /**
   * Seats on stage in addition to the staff.
   */
  seats: number;
  /**
   * Seconds between two comments of a user; 0: off.
   */
  slowmode: number;
  /**
   * The title.
   */
  title: string;
}
/**
 * Counts of a room.
 *
 * This interface was referenced by `RedisRoom`'s JSON-Schema
 * via the `definition` "Counts".
 */
export interface Counts1 {
  /**
   * Comments made.
   */
  comments: number;
  /**
   * Raised hands.
   */
  hands: number;
  /**
   * Interested users.
   */
  interested: number;
  /**
   * Invited users.
   */
  invited: number;
  /**
   * Members present who are not on stage.
   */
  listeners: number;
  /**
   * Members present.
   */
  present: number;
  /**
   * Members on stage.
   */
  speakers: number;
}
