// The day with rueidis.
package main

import (
	"context"
	"time"

	"redis-room/clients/day"

	"github.com/redis/rueidis"
)

var ctx = context.Background()

type client struct {
	rueidis.Client
	options day.Options
}

// arbitrary builds a command. The second word is the key, if there is a key.
func arbitrary(c rueidis.Client, key string, command []string) rueidis.Completed {
	if key == "" {
		return c.B().Arbitrary(command...).Build()
	}
	return c.B().Arbitrary(command[0]).Keys(key).Args(command[2:]...).Build()
}

func (c client) Run(key string, command ...string) (any, error) {
	return c.Do(ctx, arbitrary(c.Client, key, command)).ToAny()
}

func (c client) Masters() (runs []day.Run) {
	for _, node := range c.Nodes() {
		runs = append(runs, func(command ...string) (any, error) {
			return node.Do(ctx, arbitrary(node, "", command)).ToAny()
		})
	}
	return runs
}

func (c client) follow(subscribe rueidis.Completed) (<-chan day.Message, error) {
	messages := make(chan day.Message, 100)
	failed := make(chan error, 1)
	confirmed := make(chan struct{}, 1)
	dedicated, _ := c.Dedicate()
	ended := dedicated.SetPubSubHooks(rueidis.PubSubHooks{
		OnMessage:      func(message rueidis.PubSubMessage) { messages <- day.Message{Channel: message.Channel, Text: message.Message} },
		OnSubscription: func(rueidis.PubSubSubscription) { confirmed <- struct{}{} },
	})
	go func() { failed <- <-ended }()
	if err := dedicated.Do(ctx, subscribe).Error(); err != nil {
		return nil, err
	}
	select {
	case <-confirmed:
		return messages, nil
	case err := <-failed:
		return nil, err
	case <-time.After(5 * time.Second):
		return nil, context.DeadlineExceeded
	}
}

func (c client) Subscribe(channel string) (<-chan day.Message, error) {
	if c.options.Cluster {
		return c.follow(c.B().Ssubscribe().Channel(channel).Build())
	}
	return c.follow(c.B().Subscribe().Channel(channel).Build())
}

func (c client) PSubscribe(pattern string) (<-chan day.Message, error) {
	return c.follow(c.B().Psubscribe().Pattern(pattern).Build())
}

func (c client) Transaction(key string, commands [][]string) (int, error) {
	dedicated, release := c.Dedicate()
	defer release()
	all := rueidis.Commands{dedicated.B().Multi().Build()}
	for _, command := range commands {
		all = append(all, dedicated.B().Arbitrary(command[0]).Keys(key).Args(command[2:]...).Build())
	}
	all = append(all, dedicated.B().Exec().Build())
	results := dedicated.DoMulti(ctx, all...)
	replies, err := results[len(results)-1].ToArray()
	return len(replies), err
}

func connect(options day.Options, user string, db int) (day.Client, error) {
	// Without DisableCache rueidis sends CLIENT TRACKING. Rooms are no values to cache.
	c, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{options.Address}, Username: user, Password: "change-me", SelectDB: db,
		AlwaysRESP2: options.Protocol == 2, DisableCache: true, ForceSingleClient: !options.Cluster,
	})
	if err != nil {
		return nil, err
	}
	return client{c, options}, nil
}

func main() { day.Main("rueidis-"+rueidis.LibVer, connect) }
