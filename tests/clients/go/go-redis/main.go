// The day with go-redis.
package main

import (
	"context"
	"sync"

	"redis-room/clients/day"

	"github.com/redis/go-redis/v9"
)

var ctx = context.Background()

type client struct {
	redis.UniversalClient
	cluster bool
}

func words(command []string) []any {
	all := make([]any, len(command))
	for at, word := range command {
		all[at] = word
	}
	return all
}

func (c client) Run(_ string, command ...string) (any, error) { return c.Do(ctx, words(command)...).Result() }

func (c client) Masters() (runs []day.Run) {
	if !c.cluster {
		return []day.Run{func(command ...string) (any, error) { return c.Run("", command...) }}
	}
	var mutex sync.Mutex
	_ = c.UniversalClient.(*redis.ClusterClient).ForEachMaster(ctx, func(ctx context.Context, master *redis.Client) error {
		mutex.Lock()
		defer mutex.Unlock()
		runs = append(runs, func(command ...string) (any, error) {
			return master.Do(context.Background(), words(command)...).Result()
		})
		return nil
	})
	return runs
}

func follow(subscription *redis.PubSub) (<-chan day.Message, error) {
	if _, err := subscription.Receive(ctx); err != nil {
		return nil, err
	}
	messages := make(chan day.Message, 100)
	go func() {
		for message := range subscription.Channel() {
			messages <- day.Message{Channel: message.Channel, Text: message.Payload}
		}
	}()
	return messages, nil
}

func (c client) Subscribe(channel string) (<-chan day.Message, error) {
	if c.cluster {
		return follow(c.UniversalClient.SSubscribe(ctx, channel))
	}
	return follow(c.UniversalClient.Subscribe(ctx, channel))
}

func (c client) PSubscribe(pattern string) (<-chan day.Message, error) {
	return follow(c.UniversalClient.PSubscribe(ctx, pattern))
}

func (c client) Transaction(_ string, commands [][]string) (int, error) {
	replies, err := c.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, command := range commands {
			pipe.Do(ctx, words(command)...)
		}
		return nil
	})
	return len(replies), err
}

func connect(options day.Options, user string, db int) (day.Client, error) {
	if options.Cluster {
		return client{redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: []string{options.Address}, Username: user, Password: "change-me", Protocol: options.Protocol,
		}), true}, nil
	}
	return client{redis.NewClient(&redis.Options{
		Addr: options.Address, Username: user, Password: "change-me", Protocol: options.Protocol, DB: db,
	}), false}, nil
}

func main() { day.Main("go-redis-"+redis.Version(), connect) }
